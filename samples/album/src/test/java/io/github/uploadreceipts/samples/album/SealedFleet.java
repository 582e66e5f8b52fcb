package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.samples.album.Client.Response;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** What holds for a fleet whose stores are sealed, whatever sends its files. */
final class SealedFleet {

    private static final String MARKER = "0 marker 0 ";
    private static final int SIZE = 200_000;

    private SealedFleet() {}

    /** Uploads to every host, looks at what lies on the disks, and makes an album of it. */
    static void assertAlbum(TestFleet fleet) throws Exception {
        List<String> receipts = new ArrayList<>();
        for (int host = 1; host <= 3; host++) {
            receipts.add(fleet.client.upload(fleet.url(host), "f" + host + ".txt", "text/plain", content(host)));
        }
        for (int host = 1; host <= 3; host++) {
            UploadReceipt opened = fleet.open(receipts.get(host - 1));
            assertThat(opened.contentKey()).isPresent();
            assertThat(opened.size()).isEqualTo(SIZE);
            assertThat(fleet.stored(host)).singleElement().satisfies(file -> {
                assertThat(Files.size(file)).as("four segments").isEqualTo(SIZE + 4 * 28L);
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .doesNotContain(MARKER.strip());
            });
        }
        Response album = fleet.client.submit(fleet.url(2), receipts, "");
        assertThat(album.status()).as(album.text()).isEqualTo(200);
        List<String> digests = new ArrayList<>();
        for (int host = 1; host <= 3; host++) {
            digests.add(HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(content(host))));
        }
        assertThat(Client.each(album.json(), "sha256")).isEqualTo(digests);
    }

    private static byte[] content(int host) {
        byte[] all = (host + MARKER.repeat(SIZE)).getBytes(StandardCharsets.US_ASCII);
        return Arrays.copyOf(all, SIZE);
    }
}
