package io.github.uploadreceipts.objectstorage;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;

/** A TCP proxy in front of a real store, which can be slow, cut connections, and respond 503. */
final class FaultyProxy implements Closeable {

    /** What happens to connections from now on. */
    enum Fault {
        NONE,
        /** Nobody listens, as far as the client can tell. */
        DOWN,
        /** Every request is responded to with 503. */
        BUSY,
        /** Both directions end somewhere in the bytes from the client. */
        CUT,
        /** The response is lost: the connection ends as soon as the store has responded. */
        CUT_RESPONSE,
        /** Both directions end somewhere in the bytes from the store. */
        CUT_IN_RESPONSE,
        /** The client's bytes pass in small pieces, with a pause between them. */
        SLOW
    }

    private static final byte[] SERVICE_UNAVAILABLE =
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);
    private static final int HEADERS = 1_000;
    private static final int MOST = 100_000;

    private final ServerSocket server;
    private final URI target;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Queue<Integer> cuts = new ConcurrentLinkedQueue<>();
    volatile Fault fault = Fault.NONE;

    FaultyProxy(URI target) throws IOException {
        this.target = target;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /** Returns after how many bytes connections were cut. */
    @Override
    public String toString() {
        return "cuts after " + cuts;
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
                Socket store = new Socket(target.getHost(), target.getPort())) {
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
        int end = end();
        int passed = 0;
        byte[] buffer = new byte[8192];
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        try {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (!mayPass(from, requests)) {
                    return;
                }
                if (fault == (requests ? Fault.CUT : Fault.CUT_IN_RESPONSE) && passed + count >= end) {
                    int rest = Math.max(end - passed, 0);
                    cuts.add(passed + rest);
                    out.write(buffer, 0, rest);
                    return;
                }
                out.write(buffer, 0, count);
                passed += count;
            }
        } finally {
            from.close();
            to.close();
        }
    }

    /** Returns where a connection ends if it is cut. Every fourth ends in the first header fields, or soon after them. */
    private static int end() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return 1 + random.nextInt(random.nextInt(4) == 0 ? HEADERS : MOST);
    }

    /** Existing connections are faulty, too, because clients keep them. */
    private boolean mayPass(Socket from, boolean requests) throws IOException {
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
        return fault != Fault.DOWN && !(!requests && fault == Fault.CUT_RESPONSE);
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}
