package io.github.uploadreceipts.samples.benchmarks;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The minimum for Java: reads a socket, hashes, writes a file. It understands just enough HTTP to respond. */
final class BareLoop implements Closeable {

    private final ServerSocket server;
    private final Path directory;

    BareLoop(Path directory) throws IOException {
        this.server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        this.directory = directory;
        Thread thread = new Thread(this::serve, "bare-loop");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return server.getLocalPort();
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                receive(socket);
            } catch (IOException e) {
                if (!server.isClosed()) {
                    System.err.println("bare loop: " + e);
                }
            }
        }
    }

    private void receive(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        long length = contentLength(in);
        MessageDigest hash = sha256();
        byte[] buffer = new byte[64 * 1024];
        try (FileChannel file =
                FileChannel.open(directory.resolve("bare"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long left = length; left > 0; ) {
                int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (read < 0) {
                    throw new IOException("the body broke off");
                }
                hash.update(buffer, 0, read);
                for (ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read); bytes.hasRemaining(); ) {
                    file.write(bytes);
                }
                left -= read;
            }
        }
        String answer = "HTTP/1.1 201 Created\r\nContent-Length: 32\r\n\r\n";
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(hash.digest());
    }

    private static long contentLength(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.read());
        }
        return head.toString()
                .lines()
                .filter(line -> line.startsWith("Content-Length: "))
                .mapToLong(line -> Long.parseLong(line.substring(16)))
                .findFirst()
                .orElseThrow(() -> new IOException("no length"));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
