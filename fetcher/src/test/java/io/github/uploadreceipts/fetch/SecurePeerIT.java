package io.github.uploadreceipts.fetch;

import static io.github.uploadreceipts.fetch.Fleet.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.PeerRelay.Response;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SecurePeerIT {

    private static final String PASSWORD = "test-only";

    @TempDir
    private static Path keys;

    private static KeyStore server;
    private static KeyStore client;

    @TempDir
    private Path directory;

    private long descriptors;
    private Fleet fleet;

    @BeforeAll
    static void makeKeys() throws Exception {
        server = generate("server", "SAN=dns:localhost");
        client = generate("client", "SAN=dns:app2.lan");
    }

    private static KeyStore generate(String name, String extension) throws Exception {
        Path file = keys.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        extension,
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    /**
     * Returns a context that presents the certificate in {@code own}, if there is one, and trusts the one in
     * {@code trusted}.
     */
    private static SSLContext context(KeyStore own, KeyStore trusted) throws Exception {
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        String alias = trusted.aliases().nextElement();
        trust.setCertificateEntry(alias, trusted.getCertificate(alias));
        TrustManagerFactory trusts = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusts.init(trust);
        KeyManagerFactory shows = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        shows.init(own, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own == null ? new KeyManager[0] : shows.getKeyManagers(), trusts.getTrustManagers(), null);
        return context;
    }

    private static SSLServerSocket socket(boolean mutual) throws Exception {
        SSLServerSocket socket = (SSLServerSocket) context(server, client)
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        socket.setNeedClientAuth(mutual);
        return socket;
    }

    private ScriptedPeer peer(String hostName, boolean mutual) throws Exception {
        return ScriptedPeer.startSecure(fleet.ring, hostName, socket(mutual));
    }

    /** Starts a peer that keeps each body and responds. */
    private static RawPeer storing(boolean mutual) throws Exception {
        return RawPeer.startSecure(socket(mutual), asked -> {
            asked.keepBody();
            asked.respond("200 OK", "kept");
        });
    }

    private static CompletableFuture<Response> send(AttachedRelay relay, URI base, long length, ScriptedBody body) {
        return relay.send(new PeerRelay.Request(base, "PATCH", "/uploads/a", Map.of(), length, Optional.of(body)));
    }

    private static void assertUnreachable(CompletableFuture<Response> response, String why) {
        assertThatThrownBy(() -> response.get(120, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(PeerRelay.UnreachableException.class)
                .hasMessageContaining(why);
    }

    @BeforeEach
    void start() throws IOException {
        descriptors = Descriptors.count(directory);
        fleet = new Fleet(directory);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        fleet.assertNothingLeft();
        fleet.close();
        Descriptors.assertBackTo(descriptors, directory);
    }

    private PeerFetcher.Builder fetcher(ScriptedPeer peer) {
        return fleet.fetcher().policy(PeerPolicy.privateNetwork().ports(peer.port()));
    }

    @Test
    void fetch_trustedPeer_isReached() throws Exception {
        byte[] content = fleet.bytes(300_000);
        try (ScriptedPeer peer = peer("localhost", false);
                PeerFetcher fetcher =
                        fetcher(peer).sslContext(context(null, server)).build();
                FetchedUploads files = fetcher.fetch(List.of(peer.keep(content)))) {
            assertThat(read(files.list().get(0))).isEqualTo(content);
            assertThat(peer.violations).isEmpty();
        }
    }

    @Test
    void fetch_peerThatBreaksOff_isResumed() throws Exception {
        byte[] content = fleet.bytes(300_000);
        try (ScriptedPeer peer = peer("localhost", false);
                PeerFetcher fetcher =
                        fetcher(peer).sslContext(context(null, server)).build()) {
            UploadReceipt receipt = peer.keep(content);
            peer.script(receipt, Scripts.truncates(100_000), peer::honest);
            try (FetchedUploads files = fetcher.fetch(List.of(receipt))) {
                assertThat(read(files.list().get(0))).isEqualTo(content);
            }
        }
    }

    @Test
    void fetch_untrustedPeer_isRefused() throws Exception {
        try (ScriptedPeer peer = peer("localhost", false);
                PeerFetcher byDefault = fetcher(peer).build();
                PeerFetcher other =
                        fetcher(peer).sslContext(context(null, client)).build()) {
            UploadReceipt receipt = peer.keep(fleet.bytes(10));
            for (PeerFetcher fetcher : List.of(byDefault, other)) {
                FetchException e = catchThrowableOfType(FetchException.class, () -> fetcher.fetch(List.of(receipt)));

                assertThat(e.has(Kind.UNREACHABLE)).isTrue();
                assertThat(e).hasMessageContaining("no secure connection");
            }
            assertThat(peer.asked).isEmpty();
        }
    }

    @Test
    void fetch_certificateOfAnotherName_isRefused() throws Exception {
        try (ScriptedPeer peer = peer("127.0.0.1", false);
                PeerFetcher fetcher =
                        fetcher(peer).sslContext(context(null, server)).build()) {
            FetchException e = catchThrowableOfType(
                    FetchException.class, () -> fetcher.fetch(List.of(peer.keep(fleet.bytes(10)))));

            assertThat(e.has(Kind.UNREACHABLE)).isTrue();
            assertThat(peer.asked).isEmpty();
        }
    }

    @Test
    void fetch_mutualTls_showsOurCertificate() throws Exception {
        byte[] content = fleet.bytes(1000);
        try (ScriptedPeer peer = peer("localhost", true);
                PeerFetcher nameless =
                        fetcher(peer).sslContext(context(null, server)).build();
                PeerFetcher fetcher =
                        fetcher(peer).sslContext(context(client, server)).build()) {
            UploadReceipt receipt = peer.keep(content);
            assertThat(catchThrowableOfType(FetchException.class, () -> nameless.fetch(List.of(receipt))))
                    .isNotNull();
            assertThat(peer.asked).isEmpty();
            try (FetchedUploads files = fetcher.fetch(List.of(receipt))) {
                assertThat(read(files.list().get(0))).isEqualTo(content);
            }
        }
    }

    @Test
    void relay_trustedPeer_getsTheBodyExactly() throws Exception {
        byte[] content = fleet.bytes(2 << 20);
        try (RawPeer peer = storing(true);
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet)
                        .connectTimeout(Duration.ofSeconds(50))
                        .responseTimeout(Duration.ofSeconds(50))
                        .sslContext(context(client, server)))) {
            for (long length : List.of(-1L, (long) content.length)) {
                Response response = send(relay, peer.base("localhost"), length, ScriptedBody.inChunks(content, length))
                        .get(120, TimeUnit.SECONDS);

                assertThat(response.status()).isEqualTo(200);
            }
            assertThat(peer.connections).hasValue(1);
            assertThat(peer.bodies)
                    .hasSize(2)
                    .allSatisfy(body -> assertThat((byte[]) body).isEqualTo(content));
        }
    }

    @Test
    void relay_untrustedPeerOrName_isUnreachable() throws Exception {
        ScriptedBody body = ScriptedBody.of(new byte[10]);
        try (RawPeer peer = storing(false);
                AttachedRelay byDefault = fleet.relay(peer.fetcher(fleet));
                AttachedRelay trusting = fleet.relay(peer.fetcher(fleet).sslContext(context(null, server)))) {
            assertUnreachable(send(byDefault, peer.base("localhost"), 10, body), "no secure connection");
            assertUnreachable(send(trusting, peer.base("127.0.0.1"), 10, body), "no secure connection");
            assertThat(peer.asked).isEmpty();
        }
        assertThat(body.read).hasValue(0);
    }

    @Test
    void relay_peerWithoutTls_isUnreachable() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                AttachedRelay relay = fleet.relay(fleet.fetcher()
                        .policy(PeerPolicy.privateNetwork().ports(silent.getLocalPort()))
                        .connectTimeout(Duration.ofMillis(300)))) {
            ScriptedBody body = ScriptedBody.of(new byte[10]);

            assertUnreachable(
                    send(relay, URI.create("https://127.0.0.1:" + silent.getLocalPort()), 10, body),
                    "ConnectTimeoutException");
            assertThat(body.read).hasValue(0);
        }
    }

    @Test
    void relay_peerThatFallsSilent_timesOut() throws Exception {
        try (RawPeer peer =
                        RawPeer.startSecure(socket(false), asked -> asked.peer().awaitClose());
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet)
                        .connectTimeout(Duration.ofSeconds(50))
                        .sslContext(context(null, server)))) {
            assertThatThrownBy(() -> send(relay, peer.base("localhost"), -1, ScriptedBody.of(new byte[64 << 20]))
                            .get(120, TimeUnit.SECONDS))
                    .cause()
                    .hasMessageEndingWith("the peer fell silent");
        }
    }

    /** What is decrypted while the client pauses is given later, and is little. */
    @Test
    void download_clientThatPauses_getsAll() throws Exception {
        byte[] content = fleet.bytes(8 << 20);
        try (ScriptedPeer peer = peer("localhost", false);
                AttachedRelay relay = fleet.relay(fetcher(peer)
                        .connectTimeout(Duration.ofSeconds(50))
                        .responseTimeout(Duration.ofMillis(500))
                        .sslContext(context(null, server)))) {
            UploadReceipt receipt = peer.keep(content);
            PeerRequest place = PeerRequest.of("GET", receipt.owner(), receipt, Optional.empty());
            for (int pause : List.of(1000, 0)) {
                try (Download download =
                        relay.download(List.of(place), 0, content.length).get(120, TimeUnit.SECONDS)) {
                    DownloadReader reader = new DownloadReader(download, ByteBuffer.allocate(100_000));
                    for (int i = 0; reader.readSome(); i++) {
                        if (i % 50 == 0) {
                            Thread.sleep(pause);
                        }
                    }
                    assertThat(reader.read()).isEqualTo(content);
                }
            }
            assertThat(peer.connections).hasValue(1);
            assertThat(peer.violations).isEmpty();
        }
    }

    @Test
    void download_untrustedPeer_isUnreachable() throws Exception {
        try (ScriptedPeer peer = peer("localhost", false);
                AttachedRelay relay = fleet.relay(fetcher(peer))) {
            UploadReceipt receipt = peer.keep(fleet.bytes(10));
            PeerRequest place = PeerRequest.of("GET", receipt.owner(), receipt, Optional.empty());
            assertThatThrownBy(() -> relay.download(List.of(place), 0, 10).get(120, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(PeerRelay.UnreachableException.class)
                    .hasMessageContaining("no secure connection");
        }
    }
}
