package io.github.uploadreceipts.fetch;

import static io.github.uploadreceipts.fetch.Fleet.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.AllowedPeers;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.peer.OwnUrls;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PeerPolicyTest {

    private static final KeyRing RING = KeyRing.generate("photos");

    @TempDir
    private Path directory;

    private UploadHost production() throws IOException {
        return UploadHost.builder(RING, LocalUploadStore.at(directory.resolve("store")))
                .internalUrl("http://10.9.8.7:8080")
                .build();
    }

    private static AllowedPeers allowedPeers(PeerPolicy policy, UploadHost host) {
        return policy.allowedPeers(OwnUrls.of(host.internalUrl()), false);
    }

    private static boolean allows(PeerPolicy policy, String address, UploadHost host) throws UnknownHostException {
        return allowedPeers(policy, host).allows("app2.lan", InetAddress.getByName(address));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.1",
                "10.255.255.255",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "100.64.0.1",
                "100.127.255.255",
                "fd00::1",
                "fc00::1",
                "fdff:ffff::1",
                "::ffff:10.1.2.3"
            })
    void privateNetwork_privateAddress_isAllowed(String address) throws Exception {
        try (UploadHost host = production()) {
            assertThat(allows(PeerPolicy.privateNetwork(), address, host)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.1",
                "2130706433",
                "127.255.255.254",
                "::1",
                "::ffff:127.0.0.1",
                "::127.0.0.1",
                "::10.0.0.1",
                "64:ff9b::7f00:1",
                "64:ff9b::10.0.0.1",
                "2002:7f00:1::",
                "2002:a00:1::",
                "0.0.0.0",
                "::",
                "169.254.169.254",
                "fe80::1",
                "fec0::1",
                "8.8.8.8",
                "::ffff:8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.167.255.255",
                "192.169.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "224.0.0.1",
                "255.255.255.255",
                "ff02::1",
                "fbff::1",
                "fe00::1",
                "2001:db8::1"
            })
    void privateNetwork_anyOtherAddress_isRefused(String address) throws Exception {
        try (UploadHost host = production()) {
            assertThat(allows(PeerPolicy.privateNetwork(), address, host)).isFalse();
        }
    }

    @Test
    void allow_moreAddresses_areAllowed() throws Exception {
        PeerPolicy policy = PeerPolicy.privateNetwork().allow("203.0.113.128/25", "2001:db8::/33", "198.51.100.7/32");
        try (UploadHost host = production()) {
            assertThat(allows(policy, "203.0.113.200", host)).isTrue();
            assertThat(allows(policy, "203.0.113.127", host)).isFalse();
            assertThat(allows(policy, "198.51.100.7", host)).isTrue();
            assertThat(allows(policy, "198.51.100.6", host)).isFalse();
            assertThat(allows(policy, "2001:db8:7fff::1", host)).isTrue();
            assertThat(allows(policy, "2001:db8:8000::1", host)).isFalse();
            assertThat(allows(policy, "10.0.0.1", host)).isTrue();
            assertThat(allows(PeerPolicy.privateNetwork().allowAnyAddress(), "8.8.8.8", host))
                    .isTrue();
            assertThat(allows(PeerPolicy.privateNetwork().allowAnyAddress(), "2002::1", host))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/8",
                "10.0.0.0",
                "10.0.0.0/33",
                "10.0.0/8",
                "10.0.0.0/-1",
                "10.0.0.256/8",
                "localhost/8",
                "fc00::/129",
                "fc00:::/7",
                "::ffff:10.0.0.0/104",
                "10.0.0.0/8/8",
                "1.2.3.4x/8",
                "[::1]/128"
            })
    void allow_malformedBlock_isRefused(String cidr) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PeerPolicy.privateNetwork().allow(cidr));
    }

    private static FetchException failure(PeerFetcher fetcher, UploadReceipt receipt) {
        return catchThrowableOfType(FetchException.class, () -> fetcher.fetch(List.of(receipt)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "0.0.0.0"})
    void fetch_loopbackInProduction_isRefusedWithoutAConnection(String name) throws Exception {
        try (UploadHost host = production();
                ScriptedPeer trap = ScriptedPeer.start(RING);
                PeerFetcher fetcher = PeerFetcher.builder(host)
                        .policy(PeerPolicy.privateNetwork().ports(trap.port()))
                        .workDirectory(directory)
                        .build()) {
            UploadReceipt receipt =
                    ScriptedPeer.receipt(UploadId.random(), new byte[1], "http://" + name + ":" + trap.port());

            FetchException e = failure(fetcher, receipt);

            assertThat(e.failures().get(0).kind()).isEqualTo(Kind.NOT_ALLOWED);
            assertThat(trap.connections).hasValue(0);
        }
    }

    @Test
    void fetch_otherPortOrName_isRefusedWithoutAConnection() throws Exception {
        try (Fleet fleet = new Fleet(directory)) {
            ScriptedPeer peer = fleet.peer();
            UploadReceipt receipt = peer.keep(fleet.bytes(10));
            try (PeerFetcher byDefault = PeerFetcher.create(fleet.host);
                    PeerFetcher byName = PeerFetcher.builder(fleet.host)
                            .policy(PeerPolicy.privateNetwork()
                                    .ports(peer.port())
                                    .hosts("*.lan", "app1"))
                            .build()) {
                assertThat(failure(byDefault, receipt)).hasMessageContaining("port " + peer.port());
                assertThat(failure(byName, receipt)).hasMessageContaining("host name");
                assertThat(peer.connections).hasValue(0);
            }
        }
    }

    @Test
    void hosts_patterns_matchWholeLabels() throws Exception {
        PeerPolicy policy = PeerPolicy.privateNetwork().hosts("*.Photos.lan", "app1");
        try (UploadHost host = production()) {
            assertThat(isAllowed(policy, "a.photos.lan", host)).isTrue();
            assertThat(isAllowed(policy, "a.b.photos.lan", host)).isTrue();
            assertThat(isAllowed(policy, "app1", host)).isTrue();
            assertThat(isAllowed(policy, "photos.lan", host)).isFalse();
            assertThat(isAllowed(policy, "evilphotos.lan", host)).isFalse();
            assertThat(isAllowed(policy, "app1.evil.org", host)).isFalse();
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PeerPolicy.privateNetwork().hosts("a*"));
    }

    private static boolean isAllowed(PeerPolicy policy, String name, UploadHost host) {
        UploadReceipt receipt = ScriptedPeer.receipt(UploadId.random(), new byte[1], "http://" + name + ":8080");
        try {
            return allowedPeers(policy, host).target(receipt.owner().base()) != null;
        } catch (PeerException e) {
            return false;
        }
    }

    /** Resolves each query to the next of these entries, and repeats the last one. */
    private static DnsResolver names(AtomicInteger count, String... records) {
        Queue<String> queue = new ArrayDeque<>(List.of(records));
        return new SystemDefaultDnsResolver() {
            @Override
            public InetAddress[] resolve(String host) throws UnknownHostException {
                count.incrementAndGet();
                String[] addresses = (queue.size() > 1 ? queue.remove() : queue.element()).split(" ", -1);
                InetAddress[] resolved = new InetAddress[addresses.length];
                for (int i = 0; i < addresses.length; i++) {
                    resolved[i] = InetAddress.getByName(addresses[i]);
                }
                return resolved;
            }
        };
    }

    @Test
    void fetch_nameThatChangesItsMeaning_isCheckedForEachConnection() throws Exception {
        try (Fleet fleet = new Fleet(directory)) {
            ScriptedPeer peer = fleet.peer();
            UploadReceipt receipt = ScriptedPeer.receipt(
                    peer.keep(fleet.bytes(5000)).id(), new byte[5000], "http://app2.lan:" + peer.port());
            AtomicInteger lookups = new AtomicInteger();
            DnsResolver rebinding = names(lookups, "127.0.0.1", "8.8.8.8");
            try (PeerFetcher fetcher = fleet.fetcher().names(rebinding).build()) {
                peer.script(receipt, Scripts.closesAtOnce());
                FetchException e = failure(fetcher, receipt);

                assertThat(e.has(Kind.NOT_ALLOWED)).isTrue();
                assertThat(peer.connections).hasValue(1);
                assertThat(lookups).hasValue(2);
            }
        }
    }

    @Test
    void fetch_nameWithOneForbiddenAddress_usesTheOther() throws Exception {
        try (Fleet fleet = new Fleet(directory)) {
            ScriptedPeer peer = fleet.peer();
            UploadReceipt receipt = peer.keep(fleet.bytes(10));
            try (PeerFetcher fetcher = fleet.fetcher()
                            .names(names(new AtomicInteger(), "8.8.8.8 127.0.0.1"))
                            .build();
                    FetchedUploads files = fetcher.fetch(List.of(receipt))) {
                assertThat(read(files.list().get(0))).hasSize(10);
            }
            try (PeerFetcher fetcher = fleet.fetcher()
                    .names(names(new AtomicInteger(), "2001:db8::1 8.8.8.8"))
                    .build()) {
                assertThat(failure(fetcher, receipt))
                        .hasMessageContaining("NOT_ALLOWED")
                        .hasMessageContaining("2001:db8");
            }
        }
    }

    @Test
    void fetch_byTheHostsSettings() throws Exception {
        try (Fleet fleet = new Fleet(directory)) {
            ScriptedPeer peer = fleet.peer();
            UploadReceipt receipt = peer.keep(fleet.bytes(10));
            UploadHost.Builder settings = UploadHost.builder(
                            fleet.ring, LocalUploadStore.at(directory.resolve("settings")))
                    .internalUrl("http://10.9.8.7:8080")
                    .peerAddresses("127.0.0.0/8", "10.9.0.0/16")
                    .peerPorts(peer.port());
            try (UploadHost host = settings.build();
                    PeerFetcher fetcher = PeerFetcher.create(host);
                    FetchedUploads files = fetcher.fetch(List.of(receipt))) {
                assertThat(read(files.list().get(0))).hasSize(10);
            }
        }
    }

    @Test
    void fetch_proxyProperties_haveNoEffect() throws Exception {
        try (Fleet fleet = new Fleet(directory);
                ServerSocket proxy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            proxy.setSoTimeout(1);
            ScriptedPeer peer = fleet.peer();
            byte[] content = fleet.bytes(100);
            ProxyProperties.during(proxy.getLocalPort(), () -> {
                try (PeerFetcher fetcher = fleet.fetcher().build();
                        FetchedUploads files = fetcher.fetch(List.of(peer.keep(content)))) {
                    assertThat(read(files.list().get(0))).isEqualTo(content);
                }
            });
            assertThat(catchThrowableOfType(java.net.SocketTimeoutException.class, proxy::accept))
                    .isNotNull();
        }
    }
}
