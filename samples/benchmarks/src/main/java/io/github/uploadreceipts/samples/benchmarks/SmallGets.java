package io.github.uploadreceipts.samples.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How long small GETs take, each on a connection of its own. They begin at fixed times, however long earlier ones take.
 * A response that does not come in time counts as {@link #NONE}.
 */
record SmallGets(List<Long> nanos) {

    /** The time of a response that did not come. */
    static final long NONE = TimeUnit.SECONDS.toNanos(10);

    private static final int PER_SECOND = 50;
    private static final byte[] GET =
            "GET /small HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    static SmallGets measure(int port, int seconds) throws IOException {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<Future<Long>> responses = new ArrayList<>();
            long begin = System.nanoTime();
            for (int i = 0; i < PER_SECOND * seconds; i++) {
                LockSupport.parkNanos(begin + TimeUnit.SECONDS.toNanos(i) / PER_SECOND - System.nanoTime());
                long start = System.nanoTime();
                responses.add(threads.submit(() -> get(port, start)));
            }
            List<Long> nanos = new ArrayList<>();
            for (Future<Long> response : responses) {
                nanos.add(response.get());
            }
            Collections.sort(nanos);
            return new SmallGets(nanos);
        } catch (ExecutionException | InterruptedException e) {
            throw new IOException(e);
        } finally {
            threads.shutdownNow();
        }
    }

    private static long get(int port, long start) {
        try (Socket socket = new Socket()) {
            int most = (int) TimeUnit.NANOSECONDS.toMillis(NONE);
            socket.setSoTimeout(most);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), most);
            socket.getOutputStream().write(GET);
            return socket.getInputStream().read() == 'H' ? Math.min(NONE, System.nanoTime() - start) : NONE;
        } catch (IOException e) {
            return NONE;
        }
    }

    double millis(int percent) {
        return nanos.get((nanos.size() - 1) * percent / 100) / 1e6;
    }

    /** Returns how many responses did not come. */
    long missing() {
        return nanos.stream().filter(time -> time == NONE).count();
    }
}
