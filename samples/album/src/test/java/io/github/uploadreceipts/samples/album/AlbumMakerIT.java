package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.LocalUploadStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class AlbumMakerIT {

    @Test
    void make_failed_forgetsTimes() throws Exception {
        FetchTimes times = new FetchTimes();
        List<UploadReceipt> fetched = new CopyOnWriteArrayList<>();
        UploadListener listener = event -> {
            if (event instanceof UploadEvent.Fetched told) {
                fetched.add(told.receipt());
                times.on(new UploadEvent.Fetched(told.receipt(), told.peer(), Duration.ofSeconds(1)));
            }
        };
        try (TestFleet fleet = TestFleet.start();
                UploadHost host = UploadHost.builder(
                                fleet.ring(), LocalUploadStore.at(fleet.directory.resolve("maker")))
                        .internalUrl("http://127.0.0.1:1")
                        .developmentMode()
                        .listener(listener)
                        .build();
                PeerFetcher fetcher = PeerFetcher.builder(host)
                        .policy(PeerPolicy.privateNetwork()
                                .ports(fleet.host(1).peerPort(), fleet.host(2).peerPort()))
                        .build()) {
            UploadReceipt there = receipt(fleet, 1);
            UploadReceipt gone = receipt(fleet, 2);
            AlbumMaker maker = new AlbumMaker(fleet.host(3), fleet.fleet(), fetcher, times);
            make(maker, List.of(gone)).get();
            fetched.clear();
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(make(maker, List.of(there, gone))::get)
                    .withCauseInstanceOf(FetchException.class);
            assertThat(fetched).containsExactly(there);
            assertThat(times.take(there)).isZero();
        }
    }

    private static CompletableFuture<MadeAlbum> make(AlbumMaker maker, List<UploadReceipt> receipts) throws Exception {
        return maker.make(receipts, new Submission(List.of(), Optional.empty()))
                .album()
                .toCompletableFuture();
    }

    private static UploadReceipt receipt(TestFleet fleet, int host) throws Exception {
        return fleet.open(fleet.client.upload(fleet.url(host), "f.png", "image/png", Bytes.random(1_000, host)));
    }
}
