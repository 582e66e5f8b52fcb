package io.github.uploadreceipts.samples.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** Sends uploads. Each line of its input is one command: port, form and number of bytes. */
final class Sender {

    private static final byte[] CHUNK = new byte[256 * 1024];
    private static final String BOUNDARY = "----FormBoundary7MA4YWxkTrZu0gW";

    private Sender() {}

    public static void main(String[] arguments) throws IOException {
        new Random(7).nextBytes(CHUNK);
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            List<String> words = Benchmark.words(line);
            System.out.println(send(Integer.parseInt(words.get(0)), words.get(1), Long.parseLong(words.get(2))));
        }
    }

    private static String send(int port, String form, long bytes) throws IOException {
        if (form.startsWith("get:")) {
            return get(port, form.substring("get:".length()), bytes);
        }
        return form.startsWith("tus:") ? TusSender.send(port, form, bytes, CHUNK) : sendOnce(port, form, bytes);
    }

    /** Reads a response of this many bytes, and does nothing with them. */
    private static String get(int port, String path, long bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[CHUNK.length];
            String status = new String(in.readNBytes(12), StandardCharsets.US_ASCII);
            long read = 0;
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                read += length;
            }
            return status.equals("HTTP/1.1 200") && read >= bytes ? "done" : status + ", " + read + " bytes";
        }
    }

    private static String sendOnce(int port, String form, long bytes) throws IOException {
        String head = "";
        String tail = "";
        if (form.equals("multipart")) {
            head = "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n"
                    + "Content-Type: application/octet-stream\r\n\r\n";
            tail = "\r\n--" + BOUNDARY + "--\r\n";
        }
        String type = form.equals("multipart") ? "multipart/form-data; boundary=" + BOUNDARY : "application/x-bytes";
        boolean empty = form.startsWith("post:");
        String path = empty ? form.substring("post:".length()) : "/uploads";
        long body = empty ? 0 : bytes;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            OutputStream out = socket.getOutputStream();
            long length = head.length() + body + tail.length();
            out.write(("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type + "\r\nContent-Length: "
                            + length + "\r\nConnection: close\r\n\r\n" + head)
                    .getBytes(StandardCharsets.US_ASCII));
            for (long left = body; left > 0; left -= CHUNK.length) {
                out.write(CHUNK, 0, (int) Math.min(left, CHUNK.length));
            }
            out.write(tail.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            String answer = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            return answer.startsWith("HTTP/1.1 20")
                    ? "done"
                    : answer.lines().findFirst().orElse("no answer");
        }
    }
}
