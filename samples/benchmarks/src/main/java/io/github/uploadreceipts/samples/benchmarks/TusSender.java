package io.github.uploadreceipts.samples.benchmarks;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Sends one upload by tus 1.0.0, with all its PATCH requests on one connection. */
final class TusSender implements Closeable {

    private static final String TUS = "Host: localhost\r\nTus-Resumable: 1.0.0\r\n";

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    private record Answer(int status, Map<String, String> fields) {}

    private TusSender(int port) throws IOException {
        this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    /**
     * Sends the upload, and returns {@code done} or the failure.
     *
     * @param form {@code tus:<bytes per PATCH>:<path>:<port that creates>}
     * @param content the bytes, which are sent repeatedly
     */
    static String send(int port, String form, long bytes, byte[] content) throws IOException {
        String[] words = form.split(":", -1);
        int step = Integer.parseInt(words[1]);
        String path = create(Integer.parseInt(words[3]), words[2], bytes);
        try (TusSender sender = new TusSender(port)) {
            for (long offset = 0; offset < bytes; offset += step) {
                Answer answer = sender.patch(path, offset, Math.min(step, bytes - offset), content);
                if (answer.status() != 204) {
                    return "PATCH answered " + answer.status();
                }
            }
        }
        return "done";
    }

    private static String create(int port, String endpoint, long bytes) throws IOException {
        try (TusSender sender = new TusSender(port)) {
            sender.write("POST " + endpoint + " HTTP/1.1\r\n" + TUS + "Upload-Length: " + bytes
                    + "\r\nContent-Length: 0\r\n\r\n");
            Answer answer = sender.answer();
            String location = answer.fields().get("location");
            if (answer.status() != 201 || location == null) {
                throw new IOException("creating answered " + answer.status());
            }
            return URI.create("http://localhost" + endpoint).resolve(location).getPath();
        }
    }

    private Answer patch(String path, long offset, long count, byte[] content) throws IOException {
        write("PATCH " + path + " HTTP/1.1\r\n" + TUS
                + "Content-Type: application/offset+octet-stream\r\nUpload-Offset: " + offset + "\r\nContent-Length: "
                + count + "\r\n\r\n");
        for (long left = count; left > 0; left -= content.length) {
            out.write(content, 0, (int) Math.min(left, content.length));
        }
        return answer();
    }

    private void write(String head) throws IOException {
        out.write(head.getBytes(StandardCharsets.US_ASCII));
    }

    private Answer answer() throws IOException {
        int status = Integer.parseInt(line().split(" ", 3)[1]);
        Map<String, String> fields = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            fields.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        in.skipNBytes(Long.parseLong(fields.getOrDefault("content-length", "0")));
        return new Answer(status, fields);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the connection ended");
            }
            line.append((char) c);
        }
        return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
