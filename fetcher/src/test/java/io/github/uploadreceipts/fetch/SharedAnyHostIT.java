package io.github.uploadreceipts.fetch;

import static io.github.uploadreceipts.fetch.RelayFleet.patch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.share.ShareLinks;
import io.github.uploadreceipts.testing.Await;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

/** Share links that any host answers, whichever has the upload. The first host keeps its uploads sealed. */
@ParameterizedClass
@MethodSource(Container.ALL)
class SharedAnyHostIT {

    private static final int SEALED = 0;
    private static final int PLAIN = 1;
    private static final int OTHER = 2;
    private static final int SEGMENT = 65_536;

    @Parameter
    Container container;

    @TempDir
    Path directory;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private RelayFleet fleet;

    @BeforeEach
    void start() throws Exception {
        fleet = new RelayFleet(container, directory, 3, 1);
    }

    @AfterEach
    void stop() throws Exception {
        fleet.close();
    }

    private static byte[] content(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private UploadReceipt upload(int owner, byte[] content) throws Exception {
        RelayFleet.Member member = fleet.members.get(owner);
        String path = RelayFleet.create(member, content.length);
        UploadReceipt receipt = fleet.receipt(patch(member, path, 0, content));
        assertThat(receipt.contentKey().isPresent()).isEqualTo(owner == SEALED);
        return receipt;
    }

    private String path(UploadReceipt receipt) {
        String base = "http://127.0.0.1/s/";
        ShareLinks links = ShareLinks.of(fleet.members.get(OTHER).host, base);
        return "/s/" + links.url(ShareLink.of(receipt).build()).substring(base.length());
    }

    private HttpResponse<InputStream> get(int host, String path, String... fields) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(fleet.members.get(host).uri(path)).header("Accept", "*/*");
        for (int i = 0; i < fields.length; i += 2) {
            request.header(fields[i], fields[i + 1]);
        }
        return http.send(request.build(), BodyHandlers.ofInputStream());
    }

    private static byte[] read(HttpResponse<InputStream> response) throws IOException {
        try (InputStream in = response.body()) {
            return in.readAllBytes();
        }
    }

    @Test
    void get_ofEveryHost_isTheSame() throws Exception {
        for (int size : new int[] {0, 1, 2 * SEGMENT, 3_000_000}) {
            byte[] content = content(size);
            for (int owner : new int[] {SEALED, PLAIN}) {
                String path = path(upload(owner, content));
                for (int host : new int[] {SEALED, PLAIN, OTHER}) {
                    HttpResponse<InputStream> response = get(host, path);
                    assertThat(response.statusCode()).isEqualTo(200);
                    assertThat(read(response)).as(owner + " through " + host).isEqualTo(content);
                }
            }
        }
    }

    @Test
    void get_rangesOfEveryHost_areTheSame() throws Exception {
        byte[] content = content(3 * SEGMENT);
        for (int owner : new int[] {SEALED, PLAIN}) {
            String path = path(upload(owner, content));
            for (int first : new int[] {0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, content.length - 1}) {
                for (int last : new int[] {0, SEGMENT - 1, SEGMENT, 2 * SEGMENT - 1, content.length - 1}) {
                    if (first <= last) {
                        HttpResponse<InputStream> response = get(OTHER, path, "Range", "bytes=" + first + "-" + last);
                        assertThat(read(response)).isEqualTo(Arrays.copyOfRange(content, first, last + 1));
                        assertThat(field(response, "Content-Length")).isEqualTo("" + (last + 1 - first));
                    }
                }
            }
        }
    }

    private static String field(HttpResponse<InputStream> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @Test
    void get_clientsThatPauseOrLeave_getWhatTheyRead() throws Exception {
        byte[] content = content(20_000_000);
        for (int owner : new int[] {SEALED, PLAIN}) {
            String path = path(upload(owner, content));
            long descriptors = Descriptors.count(directory);
            List<HttpResponse<InputStream>> open = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                HttpResponse<InputStream> response = get(OTHER, path);
                assertThat(response.body().readNBytes(1000)).isEqualTo(Arrays.copyOf(content, 1000));
                open.add(response);
            }
            Thread.sleep(1000);
            assertThat(open.get(0).body().readAllBytes()).isEqualTo(Arrays.copyOfRange(content, 1000, content.length));
            for (HttpResponse<InputStream> response : open) {
                response.body().close();
            }
            Await.isTrueWithin(Await.PATIENCE, () -> Descriptors.count(directory) <= descriptors + 6);
            assertThat(Descriptors.count(directory)).as("only kept connections").isLessThanOrEqualTo(descriptors + 6);
        }
    }

    @Test
    void get_discardedOrDown_saysSo() throws Exception {
        for (int owner : new int[] {SEALED, PLAIN}) {
            UploadReceipt discarded = upload(owner, content(1000));
            UploadReceipt kept = upload(owner, content(1000));
            HostAccess.engine(fleet.members.get(owner).host).discard(discarded.owner());
            HttpResponse<InputStream> gone = get(OTHER, path(discarded));
            assertThat(gone.statusCode()).isIn(404, 410);
            fleet.members.get(owner).stop();
            HttpResponse<InputStream> down = get(OTHER, path(kept));
            assertThat(down.statusCode()).isEqualTo(503);
            gone.body().close();
            down.body().close();
        }
    }

    /** No byte of the segment reaches the client, and the response does not look complete. */
    @Test
    void get_sealedBytesChangedOnTheOwnersDisk_endsBeforeThem() throws Exception {
        byte[] content = content(3 * SEGMENT);
        UploadReceipt receipt = upload(SEALED, content);
        Path file;
        try (var files = Files.walk(fleet.members.get(SEALED).root)) {
            file = files.filter(one -> one.endsWith(receipt.id().toString())
                            && one.getParent().getParent().endsWith("uploads"))
                    .findFirst()
                    .orElseThrow();
        }
        try (RandomAccessFile stored = new RandomAccessFile(file.toFile(), "rw")) {
            stored.seek(SEGMENT + 28 + 100);
            int before = stored.read();
            stored.seek(SEGMENT + 28 + 100);
            stored.write(before ^ 1);
        }
        HttpResponse<InputStream> response = get(OTHER, path(receipt));
        try (InputStream in = response.body()) {
            byte[] read = new byte[content.length];
            int[] count = {0};
            assertThatIOException().isThrownBy(() -> {
                int more = in.read(read, 0, read.length);
                while (more >= 0) {
                    count[0] += more;
                    more = in.read(read, count[0], read.length - count[0]);
                }
            });
            assertThat(count[0]).isLessThanOrEqualTo(SEGMENT);
            assertThat(Arrays.copyOf(read, count[0])).isEqualTo(Arrays.copyOf(content, count[0]));
        }
    }
}
