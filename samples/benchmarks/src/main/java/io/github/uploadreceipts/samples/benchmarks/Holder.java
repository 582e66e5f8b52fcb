package io.github.uploadreceipts.samples.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The client whose requests last, in a process of its own. Each line of its input is a command: {@code uploads COUNT} or
 * {@code orders COUNT}. It then holds so many uploads that bring 1 KiB each second, or so many final requests that send
 * nothing of their body. What the host ends is begun again. For each command it prints how many were begun, and for
 * {@code state} how many are open, and how many the host has ended.
 */
final class Holder {

    private static final String UPLOAD = request("/uploads", "image/jpeg", 1 << 20);
    private static final String ORDER = request("/orders", "application/x-www-form-urlencoded", 1000);
    private static final int PIECE = 1024;
    private static final long TURN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final InetSocketAddress host;
    private final Queue<Held> held = new ConcurrentLinkedQueue<>();
    private final AtomicInteger ended = new AtomicInteger();

    private Holder(int port) {
        host = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private record Held(SocketChannel channel, boolean isUpload) {}

    private static String request(String path, String type, int length) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type + "\r\nContent-Length: "
                + length + "\r\n\r\n";
    }

    /** {@code PORT}: runs until its input ends. */
    public static void main(String[] arguments) throws IOException {
        Holder holder = new Holder(Integer.parseInt(arguments[0]));
        Thread thread = new Thread(holder::send, "holder");
        thread.setDaemon(true);
        thread.start();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            List<String> words = Benchmark.words(line);
            if (!words.get(0).equals("state")) {
                holder.begin(words.get(0).equals("uploads"), Integer.parseInt(words.get(1)));
            }
            System.out.println(holder.held.size() + " " + holder.ended);
        }
    }

    private void begin(boolean isUpload, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            held.add(begin(isUpload));
        }
    }

    private Held begin(boolean isUpload) throws IOException {
        SocketChannel channel = SocketChannel.open(host);
        channel.write(ByteBuffer.wrap((isUpload ? UPLOAD : ORDER).getBytes(StandardCharsets.US_ASCII)));
        channel.configureBlocking(false);
        return new Held(channel, isUpload);
    }

    /** Spreads the pieces of all uploads over each turn. */
    private void send() {
        while (true) {
            long begin = System.nanoTime();
            int count = Math.max(1, held.size());
            int i = 0;
            for (Held one : held) {
                try {
                    send(one);
                } catch (IOException e) {
                    replace(one);
                }
                LockSupport.parkNanos(begin + TURN_NANOS * ++i / count - System.nanoTime());
            }
            LockSupport.parkNanos(begin + TURN_NANOS - System.nanoTime());
        }
    }

    private static void send(Held one) throws IOException {
        if (one.channel().read(ByteBuffer.allocate(1)) != 0) {
            throw new IOException("the host has responded, or closed the connection");
        }
        if (one.isUpload()) {
            one.channel().write(ByteBuffer.allocate(PIECE));
        }
    }

    private void replace(Held one) {
        ended.incrementAndGet();
        held.remove(one);
        try {
            one.channel().close();
            held.add(begin(one.isUpload()));
        } catch (IOException e) {
            System.err.println("not begun again: " + e);
        }
    }
}
