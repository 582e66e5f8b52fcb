package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.testing.Ports;
import jakarta.servlet.DispatcherType;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** One host behind a front server that is configured as README says, or with one mistake. */
final class ProbedHost implements Closeable {

    /** The mistakes that an operator can make. */
    enum Mistake {
        NONE,
        WRONG_DIRECTORY,
        FORGOTTEN_CHGRP,
        FILTER_NOT_MAPPED
    }

    final UploadHost host;
    private final Path directory;
    private final PeerFetcher own;
    private final PeerFetcher peer;
    private final UploadHost peerHost;
    private final Server server = new Server();
    private final FrontServer front;

    ProbedHost(Delivery.Method method, Mistake mistake) throws Exception {
        directory = Files.createTempDirectory("probed-").toRealPath();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        int peerPort = Ports.free();
        KeyRing ring = KeyRing.generate("photos");
        Path store = directory.resolve("store");
        Path other = directory.resolve("other");
        if (mistake != Mistake.FORGOTTEN_CHGRP) {
            Unprivileged.letRead(store);
        }
        Unprivileged.letRead(other.resolve("uploads"));
        host = host(ring, store, peerPort, method);
        peerHost = host(ring, directory.resolve("peer"), Ports.free(), Delivery.Method.DIRECT);
        own = fetcher(host, peerPort);
        peer = fetcher(peerHost, peerPort);
        front = FrontServer.start(
                        method,
                        new FrontServer.Setup(
                                directory.resolve("front"),
                                Ports.free(),
                                peerPort,
                                startJetty(mistake != Mistake.FILTER_NOT_MAPPED),
                                mistake == Mistake.WRONG_DIRECTORY ? other : store))
                .orElseThrow();
    }

    private static UploadHost host(KeyRing ring, Path store, int port, Delivery.Method method) throws IOException {
        return UploadHost.builder(ring, LocalUploadStore.at(store))
                .internalUrl("http://127.0.0.1:" + port)
                .developmentMode()
                .delivery(FrontServer.delivery(method))
                .build();
    }

    private PeerFetcher fetcher(UploadHost of, int port) {
        return PeerFetcher.builder(of)
                .policy(PeerPolicy.privateNetwork().ports(port))
                .workDirectory(directory)
                .build();
    }

    private int startJetty(boolean mapped) throws Exception {
        ServletContextHandler context = new ServletContextHandler();
        context.addFilter(
                new FilterHolder(DeliveryFilter.create(host)),
                mapped ? "/internal/uploads/*" : "/uploads/*",
                EnumSet.of(DispatcherType.REQUEST));
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(context);
        server.start();
        return connector.getLocalPort();
    }

    /** Returns the problem that the probe reports. Empty if it passes. */
    String probe() throws IOException {
        try {
            own.probe();
            return "";
        } catch (FetchException e) {
            return e.getMessage();
        }
    }

    /** Stores an upload on this host and fetches it from a peer. Returns the failure. Empty if the fetch succeeds. */
    List<FetchException.Failure> fetchByPeer() throws Exception {
        Engine engine = HostAccess.engine(host);
        UploadReceipt receipt;
        try (IncomingUpload upload =
                engine.receive(Admission.of(UploadPermit.anyone(UploadLimits.defaults())), 0, "a.txt", "text/plain")) {
            upload.write(ByteBuffer.wrap(new byte[] {1}));
            receipt = upload.publish().receipt();
        }
        try {
            peer.fetch(List.of(receipt)).close();
            return List.of();
        } catch (FetchException e) {
            return e.failures();
        }
    }

    @Override
    public void close() throws IOException {
        front.close();
        own.close();
        peer.close();
        try {
            server.stop();
        } catch (Exception e) {
            throw new IOException(e);
        }
        host.close();
        peerHost.close();
        Trees.delete(directory);
    }
}
