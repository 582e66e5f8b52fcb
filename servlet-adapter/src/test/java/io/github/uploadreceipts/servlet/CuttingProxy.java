package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.servlet.testing.Container;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A network between clients and one server that breaks connections after random numbers of bytes. */
final class CuttingProxy implements AutoCloseable {

    private static final int RESPONSE_BYTES = 1_000; // about the size of one response
    private static final long RETRY_NANOS = 10_000_000;
    private static final long NEVER = Long.MAX_VALUE;

    private final ServerSocket server = new ServerSocket(0, Container.BACKLOG, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
    private final AtomicInteger cuts = new AtomicInteger();
    private final Random random;
    private final int mostBytes;
    private volatile int target;
    private volatile long pauseNanos;
    private volatile boolean completeResponses;

    /**
     * Relays connections to a server, and cuts them.
     *
     * @param target the server's port
     * @param mostBytes the number of request bytes after which a connection is cut at the latest
     */
    CuttingProxy(int target, long seed, int mostBytes) throws IOException {
        this.target = target;
        this.random = new Random(seed);
        this.mostBytes = mostBytes;
        threads.execute(this::accept);
    }

    /** The ways in which a connection ends. */
    private enum Cut {
        /** Both sides get a reset. */
        RESET,
        /** Both sides get the end of the connection. */
        CLOSE,
        /** The client gets the end of the connection. The server waits for more. */
        HALF_DEAD
    }

    int port() {
        return server.getLocalPort();
    }

    /** Changes the server's port. */
    void target(int port) {
        target = port;
    }

    /** Slows connections down by a pause after every 16 KiB. */
    CuttingProxy pause(Duration pause) {
        pauseNanos = pause.toNanos();
        return this;
    }

    /** Cuts before a response, but not inside it, because the JDK's client accepts a truncated header field. */
    CuttingProxy completeResponses() {
        completeResponses = true;
        return this;
    }

    int cuts() {
        return cuts.get();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                sockets.add(client);
                threads.execute(() -> relay(client));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void relay(Socket client) {
        try {
            Socket upstream = connect();
            sockets.add(upstream);
            relay(client, upstream);
        } catch (IOException e) {
            quietly(client);
        }
    }

    /** Connects, and waits for a server that is still starting. */
    private Socket connect() throws IOException {
        while (true) {
            try {
                return new Socket(InetAddress.getLoopbackAddress(), target);
            } catch (IOException e) {
                if (server.isClosed()) {
                    throw e;
                }
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    /** Cuts most connections in a request, and some in a response. */
    private void relay(Socket client, Socket upstream) {
        Cut cut = Cut.values()[random.nextInt(Cut.values().length)];
        boolean inResponse = random.nextInt(4) == 0;
        long requestBytes = inResponse ? NEVER : random.nextInt(mostBytes);
        long responseBytes = inResponse ? random.nextInt(RESPONSE_BYTES) : NEVER;
        Cutting cutting = () -> cut(client, upstream, cut);
        threads.execute(() -> copy(client, upstream, requestBytes, false, cutting));
        threads.execute(() -> copy(upstream, client, responseBytes, completeResponses, cutting));
    }

    private interface Cutting {
        void cut() throws IOException;
    }

    private void copy(Socket from, Socket to, long limit, boolean complete, Cutting cutting) {
        byte[] buffer = new byte[16 * 1024];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            long left = limit;
            for (int read; (read = in.read(buffer)) >= 0; left -= read) {
                if (read <= left) {
                    out.write(buffer, 0, read);
                } else {
                    out.write(buffer, 0, complete ? 0 : (int) left);
                    cuts.incrementAndGet();
                    cutting.cut();
                    return;
                }
                LockSupport.parkNanos(pauseNanos);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            quietly(from);
            quietly(to);
        }
    }

    private static void cut(Socket client, Socket upstream, Cut cut) throws IOException {
        if (cut == Cut.RESET) {
            client.setSoLinger(true, 0);
            upstream.setSoLinger(true, 0);
        }
        client.close();
        if (cut != Cut.HALF_DEAD) {
            upstream.close();
        }
    }

    private static void quietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // closing is best effort
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        sockets.forEach(CuttingProxy::quietly);
        threads.shutdownNow();
    }
}
