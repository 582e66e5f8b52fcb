package io.github.uploadreceipts.samples.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The browsers that wait for verdicts, in a process of their own. Each line of its input is a command: {@code upload COUNT
 * PORT} uploads files to a host, {@code wait PORT} opens a stream of events for each on a host, and {@code state} does
 * nothing. For each command it prints how many were told that their upload is being processed, that it is done, and how
 * many streams ended without that.
 */
final class Waiter implements Runnable {

    /** A host lets 1,000 streams of one address in. */
    private static final int STREAMS_OF_ONE_ADDRESS = 200;

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Selector selector = Selector.open();
    private final List<String> paths = new ArrayList<>();
    private final AtomicInteger processing = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();

    private Waiter() throws IOException {}

    /** Runs until its input ends. */
    public static void main(String[] arguments) throws Exception {
        Waiter waiter = new Waiter();
        Thread thread = new Thread(waiter, "waiter");
        thread.setDaemon(true);
        thread.start();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            List<String> words = Benchmark.words(line);
            if (words.get(0).equals("upload")) {
                waiter.upload(Integer.parseInt(words.get(1)), Integer.parseInt(words.get(2)));
            } else if (words.get(0).equals("wait")) {
                waiter.open(Integer.parseInt(words.get(1)));
            }
            System.out.println(waiter.processing + " " + waiter.done + " " + waiter.lost);
        }
    }

    private void upload(int count, int port) throws IOException, InterruptedException {
        URI endpoint = URI.create("http://127.0.0.1:" + port + "/uploads");
        paths.clear();
        for (int i = 0; i < count; i++) {
            HttpRequest request = HttpRequest.newBuilder(endpoint)
                    .header("Tus-Resumable", "1.0.0")
                    .header("Upload-Length", "1")
                    .header("Content-Type", "application/offset+octet-stream")
                    .POST(BodyPublishers.ofString("x"))
                    .build();
            HttpResponse<String> response = HTTP.send(request, BodyHandlers.ofString());
            String location = response.headers()
                    .firstValue("Location")
                    .orElseThrow(
                            () -> new IOException("not created: " + response.statusCode() + " " + response.body()));
            paths.add(endpoint.resolve(location).getPath());
        }
    }

    private void open(int port) throws IOException {
        processing.set(0);
        done.set(0);
        lost.set(0);
        InetSocketAddress host = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        for (int i = 0; i < paths.size(); i++) {
            SocketChannel channel = SocketChannel.open();
            channel.bind(new InetSocketAddress("127.0.1." + (1 + i / STREAMS_OF_ONE_ADDRESS), 0));
            channel.connect(host);
            String head = "GET " + paths.get(i) + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
            channel.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            selector.wakeup();
        }
    }

    @Override
    public void run() {
        ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
        try {
            while (true) {
                selector.select(100);
                for (SelectionKey key : selector.selectedKeys()) {
                    read(key, buffer.clear());
                }
                selector.selectedKeys().clear();
            }
        } catch (IOException e) {
            System.err.println("the waiter ends: " + e);
        }
    }

    private void read(SelectionKey key, ByteBuffer buffer) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        int count;
        try {
            count = channel.read(buffer);
        } catch (IOException e) {
            count = -1;
        }
        String text = StandardCharsets.ISO_8859_1.decode(buffer.flip()).toString();
        if (text.contains("\"processing\"")) {
            processing.incrementAndGet();
        }
        boolean told = text.contains("\"done\"");
        if (told) {
            done.incrementAndGet();
        } else if (count < 0) {
            lost.incrementAndGet();
        }
        if (told || count < 0) {
            key.cancel();
            channel.close();
        }
    }
}
