package io.github.uploadreceipts.objectstorage;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A TCP proxy in front of a real store, which can be slow, cut connections, and respond 503. */
final class FaultyProxy implements Closeable {

    /** What happens to connections from now on. */
    enum Fault {
        NONE,
        /** Nobody listens, as far as the client can tell. */
        DOWN,
        /** Every request is responded to with 503. */
        BUSY,
        /** Both directions end after some bytes from the client. */
        CUT,
        /** The response is lost: the connection ends as soon as the store has responded. */
        CUT_RESPONSE,
        /** The client's bytes pass in small pieces, with a pause between them. */
        SLOW
    }

    private static final byte[] SERVICE_UNAVAILABLE =
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);
    private static final int CUT_AFTER = 100_000;

    private final ServerSocket server;
    private final int target;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    volatile Fault fault = Fault.NONE;

    FaultyProxy(int target) throws IOException {
        this.target = target;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                threads.execute(() -> serve(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket store = new Socket(InetAddress.getLoopbackAddress(), target)) {
            var responses = threads.submit(() -> {
                pass(store, client, false);
                return true;
            });
            pass(client, store, true);
            responses.cancel(true);
        } catch (IOException e) {
            // as a network does it
        }
    }

    private void pass(Socket from, Socket to, boolean requests) throws IOException {
        long passed = 0;
        byte[] buffer = new byte[8192];
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        try {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                passed += count;
                if (!mayPass(from, requests, passed)) {
                    return;
                }
                out.write(buffer, 0, count);
            }
        } finally {
            from.close();
            to.close();
        }
    }

    /** Existing connections are faulty, too, because clients keep them. */
    private boolean mayPass(Socket from, boolean requests, long passed) throws IOException {
        if (requests && fault == Fault.BUSY) {
            from.getOutputStream().write(SERVICE_UNAVAILABLE);
            return false;
        }
        if (requests && fault == Fault.SLOW) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return fault != Fault.DOWN
                && !(requests && fault == Fault.CUT && passed > CUT_AFTER)
                && !(!requests && fault == Fault.CUT_RESPONSE);
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}
