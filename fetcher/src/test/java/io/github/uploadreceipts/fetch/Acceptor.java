package io.github.uploadreceipts.fetch;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Accepts connections and serves each on a thread of its own. After {@link #close} no connection is open or accepted.
 */
final class Acceptor implements Closeable {

    final AtomicInteger connections = new AtomicInteger();
    private final ServerSocket server;
    private final Consumer<Socket> serving;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Thread thread;

    Acceptor(ServerSocket server, Consumer<Socket> serving) {
        this.server = server;
        this.serving = serving;
        this.thread = thread(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                connections.incrementAndGet();
                sockets.add(socket);
                thread(() -> serve(socket));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket socket) {
        try {
            serving.accept(socket);
        } finally {
            sockets.remove(socket);
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "test-peer");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @Override
    public void close() throws IOException {
        server.close();
        try {
            thread.join(); // the thread may accept one more connection before it notices
        } catch (InterruptedException e) {
            throw new InterruptedIOException("closing");
        }
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
