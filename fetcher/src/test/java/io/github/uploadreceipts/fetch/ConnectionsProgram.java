package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadId;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;

/**
 * Fetches from every address given, with and without a claim, and relays a request to it. The host is in production
 * mode and may connect to {@value #ALLOWED} only. Prints each outcome.
 */
final class ConnectionsProgram {

    static final String ALLOWED = "127.0.0.2";

    private static final Pattern NOT_ALLOWED = Pattern.compile("not an allowed address|not on the list");

    private ConnectionsProgram() {}

    /** Resolves names whose addresses change: each query takes the next entry. */
    private static DnsResolver names() {
        Map<String, Queue<String>> records = new HashMap<>();
        records.put("rebound.lan", new ArrayDeque<>(List.of(ALLOWED, "127.0.0.9", "127.0.0.9")));
        records.put("two-faced.lan", new ArrayDeque<>(List.of(ALLOWED + " 127.0.0.9")));
        return new SystemDefaultDnsResolver() {
            @Override
            public InetAddress[] resolve(String host) throws UnknownHostException {
                Queue<String> queue = records.get(host);
                if (queue == null) {
                    return super.resolve(host);
                }
                String[] texts = (queue.size() > 1 ? queue.remove() : queue.element()).split(" ", -1);
                InetAddress[] addresses = new InetAddress[texts.length];
                for (int i = 0; i < texts.length; i++) {
                    addresses[i] = InetAddress.getByName(texts[i]);
                }
                return addresses;
            }
        };
    }

    /** The arguments are {@code STORE PORT HOST:PORT...}. Only {@code PORT} is allowed. */
    public static void main(String[] arguments) throws Exception {
        try (UploadHost host = UploadHost.builder(
                                KeyRing.generate("photos"), LocalUploadStore.at(Path.of(arguments[0])))
                        .internalUrl("http://10.9.8.7:8080")
                        .build();
                PeerFetcher fetcher = PeerFetcher.builder(host)
                        .policy(PeerPolicy.privateNetwork()
                                .allow(ALLOWED + "/32")
                                .ports(Integer.parseInt(arguments[1])))
                        .names(names())
                        .connectTimeout(Duration.ofSeconds(2))
                        .responseTimeout(Duration.ofSeconds(2))
                        .workDirectory(Path.of(arguments[0]))
                        .attempts(2)
                        .build()) {
            PeerRelay relay = HostAccess.engine(host).peers().relay().orElseThrow();
            for (String authority : List.of(arguments).subList(2, arguments.length)) {
                System.out.println(authority + " " + outcome(fetcher, relay, authority));
            }
        }
    }

    private static String outcome(PeerFetcher fetcher, PeerRelay relay, String authority) throws InterruptedException {
        UploadReceipt receipt;
        try {
            receipt = ScriptedPeer.receipt(UploadId.random(), new byte[1], "http://" + authority);
        } catch (IllegalArgumentException e) {
            return "NO_LOCATION " + relayed(relay, authority);
        }
        return fetched(() -> fetcher.fetch(List.of(receipt))) + " "
                + fetched(() -> fetcher.fetch(List.of(receipt), Claim.of("order-1"))) + " "
                + relayed(relay, authority);
    }

    private interface Fetch {
        FetchedUploads run() throws FetchException;
    }

    private static String fetched(Fetch fetch) {
        try {
            fetch.run().close();
            return "FETCHED";
        } catch (FetchException e) {
            return e.failures().get(0).kind().toString();
        }
    }

    private static String relayed(PeerRelay relay, String authority) throws InterruptedException {
        try {
            URI base = URI.create("http://" + authority);
            return ""
                    + relay.send(new PeerRelay.Request(base, "HEAD", "/", Map.of(), 0, Optional.empty()))
                            .get()
                            .status();
        } catch (IllegalArgumentException e) {
            return "NO_LOCATION";
        } catch (ExecutionException e) {
            return NOT_ALLOWED.matcher(e.getMessage()).find() ? "NOT_ALLOWED" : e.getMessage();
        }
    }
}
