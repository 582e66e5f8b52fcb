package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.servlet.testing.Container;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/** A network between clients and one server that comes to a stop once, in the middle of a request, and stays connected. */
final class StallingProxy implements AutoCloseable {

    private final ServerSocket server = new ServerSocket(0, Container.BACKLOG, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean stalled = new AtomicBoolean();
    private final int target;
    private final long bytes;

    /**
     * @param target the server's port
     * @param bytes how many bytes a connection brings before the first one that brings more comes to a stop
     */
    StallingProxy(int target, long bytes) throws IOException {
        this.target = target;
        this.bytes = bytes;
        threads.execute(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                Socket upstream = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(client);
                sockets.add(upstream);
                threads.execute(() -> copy(client, upstream, bytes));
                threads.execute(() -> copy(upstream, client, Long.MAX_VALUE));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void copy(Socket from, Socket to, long most) {
        byte[] buffer = new byte[16 * 1024];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            long left = most;
            for (int read; (read = in.read(buffer)) >= 0; left -= read) {
                if (read > left && stalled.compareAndSet(false, true)) {
                    return;
                }
                out.write(buffer, 0, read);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            quietly(from);
            quietly(to);
        }
    }

    private static void quietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // closed is closed
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        sockets.forEach(StallingProxy::quietly);
        threads.shutdownNow();
    }
}
