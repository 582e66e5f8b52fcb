package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.fetch.PeerServer;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import java.io.Closeable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;

/** The program of one host: all filters in a container, and an application behind them. */
final class SoakHost {

    /** How many requests of one client may be in flight at one host. */
    static final int MOST_PER_ADDRESS = 24;

    /** Short, so that silent clients are ended within a round. */
    static final Duration IDLE = Duration.ofSeconds(5);

    private SoakHost() {}

    /** {@code CONTAINER DURABILITY FLOOR KEY-RING ROOT WORK PORT PEER-PORT...}: runs until standard input ends. */
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[6]);
        int[] ports =
                Arrays.stream(arguments).skip(6).mapToInt(Integer::parseInt).toArray();
        UploadLimits limits = UploadLimits.builder()
                .freeSpaceFloor(Long.parseLong(arguments[2]))
                .perAddress(MOST_PER_ADDRESS, Long.MAX_VALUE)
                .idleTimeout(IDLE)
                .build();
        LocalUploadStore store = LocalUploadStore.builder(Path.of(arguments[4]))
                .durability(Durability.valueOf(arguments[1]))
                .open();
        try (UploadHost host = UploadHost.builder(KeyRing.load(Path.of(arguments[3])), store)
                        .internalUrl(url(port))
                        .peers(Arrays.stream(ports).mapToObj(SoakHost::url).toArray(String[]::new))
                        .developmentMode()
                        .build();
                PeerFetcher fetcher = PeerFetcher.builder(host)
                        .policy(PeerPolicy.privateNetwork().ports(ports))
                        .workDirectory(Files.createDirectories(Path.of(arguments[5])))
                        .build();
                Closeable container = PeerServer.start(
                        Container.valueOf(arguments[0]),
                        port,
                        Map.of(
                                PeerServer.UPLOADS,
                                UploadFilter.create(host, UploadPolicy.anyone(limits)),
                                PeerServer.PEERS,
                                DeliveryFilter.create(host),
                                "/orders",
                                ReceiptsFilter.builder(host)
                                        .files(UploadPolicy.anyone(limits))
                                        .build()),
                        new SoakApplication(fetcher),
                        status -> {})) {
            System.out.println("accepts requests for " + container);
            while (System.in.read() >= 0) {}
        }
    }

    static String url(int port) {
        return "http://127.0.0.1:" + port;
    }
}
