package io.github.uploadreceipts.fetch;

import static io.github.uploadreceipts.fetch.RelayFleet.fetch;
import static io.github.uploadreceipts.fetch.RelayFleet.header;
import static io.github.uploadreceipts.fetch.RelayFleet.patch;
import static io.github.uploadreceipts.fetch.RelayFleet.path;
import static io.github.uploadreceipts.fetch.RelayFleet.tus;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Resumable uploads whose requests each may reach any host, to hosts of which two keep uploads sealed, and one keeps them
 * plain, as while a fleet is changed over.
 */
@ParameterizedClass
@MethodSource(Container.ALL)
class SealedAnyHostIT {

    private static final byte[] NONE = {};
    private static final int PLAIN = 2;
    private static final String MARKER = "0 marker 0 ";

    @Parameter
    Container container;

    @TempDir
    Path directory;

    private final Random random = new Random(4);
    private RelayFleet fleet;

    @BeforeEach
    void start() throws Exception {
        fleet = new RelayFleet(container, directory, 3, PLAIN);
    }

    @AfterEach
    void stop() throws Exception {
        fleet.close();
    }

    private RelayFleet.Member member(int index) {
        return fleet.members.get(index);
    }

    private static byte[] content(int size) {
        byte[] text = MARKER.repeat(size / MARKER.length() + 1).getBytes(StandardCharsets.US_ASCII);
        return Arrays.copyOf(text, size);
    }

    private void assertNothingPlain(int... indexes) throws IOException {
        for (int index : indexes) {
            try (var files = Files.walk(member(index).root)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    assertThat(Files.readString(file, ISO_8859_1)).doesNotContain(MARKER.strip());
                }
            }
        }
    }

    /** The owner starts again in the middle, and keeps the key of no upload. */
    @Test
    void upload_everyRequestToAnyHost_ownerRestarted() throws Exception {
        byte[] content = content(700_000);
        String path = RelayFleet.create(member(0), content.length);
        int offset = 0;
        HttpResponse<String> last = null;
        while (offset < content.length) {
            int end = Math.min(content.length, offset + 1 + random.nextInt(150_000));
            last = patch(fleet.any(random), path, offset, Arrays.copyOfRange(content, offset, end));
            assertThat(last.statusCode()).as(last.body()).isEqualTo(204);
            if (offset == 0) {
                fleet.restart(0, member(0).host.internalUrl().toString());
            }
            assertThat(header(tus(fleet.any(random), "HEAD", path, NONE), "Upload-Offset"))
                    .isEqualTo(Integer.toString(end));
            assertNothingPlain(0, 1, 2);
            offset = end;
        }
        UploadReceipt receipt = fleet.receipt(last);
        assertThat(receipt.contentKey()).isPresent();
        for (RelayFleet.Member member : fleet.members) {
            assertThat(fleet.receipt(tus(member, "HEAD", path, NONE))).isEqualTo(receipt);
            assertThat(fetch(member, List.of(receipt))).containsExactly(content);
        }
        assertThat(tus(member(1), "DELETE", path, NONE).statusCode()).isEqualTo(204);
    }

    /** The concatenation is made on a sealed host and on a plain one, and sealed on both: parts of it are. */
    @Test
    void concatenation_ofPartialsOnThreeHosts() throws Exception {
        StringBuilder urls = new StringBuilder("final;");
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        for (int i = 0; i < 3; i++) {
            byte[] part = i == PLAIN ? new byte[100_000] : content(65_536 * (i + 1));
            expected.writeBytes(part);
            String partial = RelayFleet.create(member(i), part.length, "Upload-Concat", "partial");
            HttpResponse<String> done = patch(member((i + 1) % 3), partial, 0, part);
            assertThat(done.statusCode()).as(done.body()).isEqualTo(204);
            urls.append(i == 0 ? "" : " ").append(partial);
        }
        for (int i : new int[] {1, PLAIN}) {
            HttpResponse<String> made = tus(member(i), "POST", "/uploads", NONE, "Upload-Concat", urls.toString());
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
            UploadReceipt receipt = fleet.receipt(made);
            assertThat(receipt.contentKey()).isPresent();
            for (RelayFleet.Member member : fleet.members) {
                assertThat(fetch(member, List.of(receipt))).containsExactly(expected.toByteArray());
            }
            assertThat(fleet.receipt(tus(member(0), "HEAD", path(member(i), made), NONE)))
                    .isEqualTo(receipt);
            assertNothingPlain(0, 1, 2);
        }
    }
}
