package io.github.uploadreceipts.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.internal.download.StreamDownload;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerDownloadsTest {

    private static final int SIZE = 200_000;

    @TempDir
    Path root;

    private final byte[] content = new byte[SIZE];
    private final Peer peer = new Peer();
    private UploadHost host;
    private Engine engine;
    private UploadReceipt receipt;

    /** What the relay was asked for. */
    private record Asked(List<PeerRequest> places, long from, long length, CompletableFuture<Download> response) {}

    private static final class Peer implements PeerRelay {

        private final List<Asked> asked = new ArrayList<>();

        @Override
        public CompletableFuture<Response> send(Request request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void pull(List<UploadReceipt> receipts, Sink sink) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Download> download(List<PeerRequest> places, long from, long length) {
            asked.add(new Asked(places, from, length, new CompletableFuture<>()));
            return asked.get(asked.size() - 1).response();
        }
    }

    private void start(boolean sealed) throws Exception {
        LocalUploadStore.Builder store = LocalUploadStore.builder(root);
        host = UploadHost.builder(TestRings.photos(), (sealed ? store.sealed() : store).open())
                .internalUrl("http://app1.lan:8080")
                .encryptReceipts(sealed)
                .developmentMode()
                .build();
        engine = HostAccess.engine(host);
        new Random(1).nextBytes(content);
        try (IncomingUpload upload =
                engine.receive(Admission.of(UploadPermit.anyone(UploadLimits.defaults())), 0, "a.txt", "text/plain")) {
            upload.write(ByteBuffer.wrap(content));
            upload.force();
            receipt = upload.publish().receipt();
        }
    }

    @AfterEach
    void close() throws IOException {
        host.close();
    }

    private UploadReceipt at(String... bases) {
        List<Location> locations = Stream.of(bases)
                .map(base -> new Location(URI.create(base), receipt.owner().hour(), receipt.id()))
                .toList();
        return new UploadReceipt(
                receipt.id(),
                receipt.name(),
                receipt.type(),
                receipt.size(),
                receipt.digest(),
                locations,
                receipt.subject(),
                receipt.issuedAt(),
                receipt.expiresAt(),
                receipt.batch(),
                receipt.context(),
                receipt.contentKey());
    }

    private CompletableFuture<Download> start(UploadReceipt of, long first, long length) {
        return new PeerDownloads(engine).start(of, first, length);
    }

    private static byte[] readAll(Download download) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(SIZE + 1);
        while (download.read(all) >= 0) {
            // until the end
        }
        return Arrays.copyOf(all.array(), all.position());
    }

    /** Responds as the peer does, with the bytes as this host's store has them. */
    private void respond(Asked asked) throws IOException {
        var stored = engine.store()
                .find(receipt.id(), receipt.owner().hour())
                .orElseThrow()
                .open(asked.from(), asked.length());
        asked.response().complete(new StreamDownload(stored));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void start_anyRange_givesThePlainBytes(boolean sealed) throws Exception {
        start(sealed);
        engine.peers().attach(peer);
        for (int[] range : new int[][] {{0, SIZE}, {1, 65_535}, {65_535, 2}, {65_536, 65_536}, {SIZE - 1, 1}}) {
            CompletableFuture<Download> download = start(at("http://app2.lan:8080"), range[0], range[1]);
            Asked asked = peer.asked.get(peer.asked.size() - 1);
            respond(asked);
            assertThat(readAll(download.join())).isEqualTo(Arrays.copyOfRange(content, range[0], range[0] + range[1]));
            assertThat(asked.from()).isEqualTo(sealed ? range[0] / 65_536 * 65_564L : range[0]);
            assertThat(asked.places().get(0).digest().isPresent()).isEqualTo(!sealed);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void start_ownLocation_isNotAsked(boolean sealed) throws Exception {
        start(sealed);
        engine.peers().attach(peer);
        var unused = start(at("http://app1.lan:8080", "http://app2.lan:8080", "http://app3.lan:8080"), 0, SIZE);
        assertThat(peer.asked.get(0).places())
                .extracting(place -> place.location().base().getHost(), PeerRequest::method)
                .containsExactly(tuple("app2.lan", "GET"), tuple("app3.lan", "GET"));
    }

    @Test
    void start_noPeerOrNoFetcher_unreachable() throws Exception {
        start(false);
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(() -> start(at("http://app2.lan:8080"), 0, SIZE).join())
                .withCauseInstanceOf(UnreachableException.class);
        engine.peers().attach(peer);
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(() -> start(receipt, 0, SIZE).join())
                .withCauseInstanceOf(UnreachableException.class);
        assertThat(peer.asked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void start_failure_isThatOfTheRelay(boolean sealed) throws Exception {
        start(sealed);
        engine.peers().attach(peer);
        CompletableFuture<Download> download = start(at("http://app2.lan:8080"), 0, SIZE);
        peer.asked.get(0).response().completeExceptionally(new StoreException.Gone("it", null));
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(download::join)
                .withCauseInstanceOf(StoreException.Gone.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void cancel_endsTheSearch(boolean sealed) throws Exception {
        start(sealed);
        engine.peers().attach(peer);
        start(at("http://app2.lan:8080"), 0, SIZE).cancel(false);
        assertThat(peer.asked.get(0).response()).isCancelled();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void download_ofAnOwnUpload_isExact(boolean sealed) throws Exception {
        start(sealed);
        for (int[] range : new int[][] {{0, SIZE}, {1, 65_535}, {65_535, 2}, {SIZE - 1, 1}, {SIZE, 0}}) {
            for (ByteBuffer buffer : List.of(ByteBuffer.allocate(9_999), ByteBuffer.allocateDirect(9_999))) {
                try (Download download =
                        engine.uploads(false).open(receipt, receipt.owner()).download(range[0], range[1])) {
                    download.onReadable(() -> {});
                    ByteBuffer all = ByteBuffer.allocate(SIZE);
                    for (int count = download.read(buffer); count >= 0; count = download.read(buffer.clear())) {
                        assertThat(count).isPositive().isEqualTo(buffer.position());
                        all.put(buffer.flip());
                    }
                    assertThat(Arrays.copyOf(all.array(), all.position()))
                            .isEqualTo(Arrays.copyOfRange(content, range[0], range[0] + range[1]));
                }
            }
        }
    }

    @Test
    void streamDownload_partOfAnArray_isFilled() throws Exception {
        start(false);
        StreamDownload download = new StreamDownload(new ByteArrayInputStream(new byte[] {1, 2, 3}));
        ByteBuffer slice =
                ByteBuffer.allocate(10).position(4).slice().position(1).limit(3);
        assertThat(download.read(slice)).isEqualTo(2);
        assertThat(slice.array()).containsExactly(0, 0, 0, 0, 0, 1, 2, 0, 0, 0);
        assertThat(slice.position()).isEqualTo(3);
    }
}
