package io.github.uploadreceipts.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.resume.PartialStore.Partial;
import io.github.uploadreceipts.internal.resume.PartialStore.Snapshot;
import io.github.uploadreceipts.internal.seal.SealKey;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SealedPartialTest {

    private static final int UPLOADS = 10_000;

    /** Returns an upload in a store that keeps no bytes of it. */
    private static Partial forgetful() {
        return (Partial) Proxy.newProxyInstance(
                Partial.class.getClassLoader(), new Class<?>[] {Partial.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("write")) {
                        ByteBuffer bytes = (ByteBuffer) arguments[0];
                        bytes.position(bytes.limit());
                    }
                    return method.getName().equals("snapshot") ? new Snapshot(0, "") : null;
                });
    }

    private static long used() throws InterruptedException {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(20);
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }

    /** Ten thousand segments are 640 MiB. */
    @Test
    void slowUploads_holdNoSegments() throws Exception {
        long before = used();
        List<SealedPartial> uploads = new ArrayList<>();
        for (int i = 0; i < UPLOADS; i++) {
            SealedPartial upload = new SealedPartial(forgetful(), SealKey.random());
            for (int piece = 0; piece < 3; piece++) {
                upload.write(ByteBuffer.allocate(1000));
            }
            uploads.add(upload);
        }
        assertThat((used() - before) / UPLOADS).as("bytes of each").isLessThan(12 << 10);
        assertThat(uploads).hasSize(UPLOADS);
    }
}
