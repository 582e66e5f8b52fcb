package io.github.uploadreceipts.servlet.internal.response;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class ElementModuleTest {

    private static final int MOST_BYTES = 16 * 1024;

    /** What is served is the source, so a page pays for every comment. */
    @Test
    void module_compressed_isSmall() throws Exception {
        assertThat(gzip(module()).length).as("bytes of the module by gzip -9").isLessThanOrEqualTo(MOST_BYTES);
    }

    @Test
    void immutableName_ofAnyContent_hasItsDigest() {
        assertThat(ElementModule.immutableName()).matches("upload-receipts-[0-9a-f]{16}\\.js");
    }

    private static byte[] module() throws IOException {
        try (InputStream in = ElementModule.class.getResourceAsStream(ElementModule.RESOURCE)) {
            return in.readAllBytes();
        }
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new BestCompression(compressed)) {
            out.write(bytes);
        }
        return compressed.toByteArray();
    }

    private static final class BestCompression extends GZIPOutputStream {

        BestCompression(ByteArrayOutputStream out) throws IOException {
            super(out);
            def.setLevel(Deflater.BEST_COMPRESSION);
        }
    }
}
