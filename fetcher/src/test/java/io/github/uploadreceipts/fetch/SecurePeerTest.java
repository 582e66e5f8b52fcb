package io.github.uploadreceipts.fetch;

import static io.github.uploadreceipts.fetch.Fleet.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class SecurePeerTest {

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

    /** A context that shows {@code own}'s certificate, if any, and trusts that of {@code trusted}. */
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

    private ScriptedPeer peer(String hostName, boolean mutual) throws Exception {
        SSLServerSocket socket = (SSLServerSocket) context(server, client)
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        socket.setNeedClientAuth(mutual);
        return ScriptedPeer.startSecure(fleet.ring, hostName, socket);
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
}
