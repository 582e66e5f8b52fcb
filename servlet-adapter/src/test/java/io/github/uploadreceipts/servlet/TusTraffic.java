package io.github.uploadreceipts.servlet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients of tus 1.0.0 that upload in several requests, sometimes request the offset, disconnect, and leave uploads
 * incomplete. They record the acknowledged offsets. {@link #check} compares a server with these, and {@link Traffic}
 * checks the receipts.
 */
final class TusTraffic {

    private static final int MOST_REQUESTS = 12;

    private final Traffic traffic;
    private final Random seeds;
    private final Queue<Upload> uploads = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;
    private volatile boolean failureExpected;
    private final List<Thread> threads = new ArrayList<>();
    private int checkedOffsets;
    private int completed;

    /** An upload whose creation got a response. One thread at a time uses it. */
    private static final class Upload {

        final byte[] content;
        final String path;
        long acknowledged;
        long sent;
        String receipt = "";
        boolean brokenOff;

        Upload(byte[] content, String path) {
            this.content = content;
            this.path = path;
        }

        boolean isComplete() {
            return !receipt.isEmpty();
        }
    }

    TusTraffic(Traffic traffic, long seed) {
        this.traffic = traffic;
        this.seeds = new Random(seed);
    }

    void start(int port, int count) {
        stopped = false;
        failureExpected = false;
        for (int i = 0; i < count; i++) {
            Random random = new Random(seeds.nextLong());
            threads.add(new Thread(() -> run(new TusClient(port), random), "tus-client-" + i));
        }
        threads.forEach(Thread::start);
    }

    /** Lets requests fail from now on. A client stops after a failed request. */
    void expectFailure() {
        failureExpected = true;
    }

    /** Waits until every client has ended its request. */
    void stop() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
        threads.clear();
    }

    private void run(TusClient client, Random random) {
        try {
            while (!stopped) {
                Upload upload = create(client, random);
                for (int i = random.nextInt(MOST_REQUESTS); i > 0 && !upload.isComplete() && !stopped; i--) {
                    append(client, upload, random);
                    Traffic.pause(random);
                }
            }
        } catch (IOException | RuntimeException e) {
            if (!failureExpected && traffic.isPromising()) {
                traffic.unexpected("a request of tus failed: " + e);
            }
        }
    }

    private Upload create(TusClient client, Random random) throws IOException {
        byte[] content = new byte[random.nextInt(5) == 0 ? random.nextInt(2 << 20) : random.nextInt(100_000)];
        random.nextBytes(content);
        traffic.sent(List.of(Traffic.digest(content)));
        String length = "Upload-Length: " + content.length + "\r\n";
        int first = random.nextInt(3) == 0 ? random.nextInt(content.length + 1) : 0;
        Wire.Response response = first > 0
                ? client.create(length + TusClient.BYTES, Arrays.copyOf(content, first))
                : client.create(length);
        require(response, 201);
        Upload upload = new Upload(content, TusClient.path(response));
        upload.sent = first;
        acknowledged(upload, response, first);
        if (traffic.isPromising()) {
            uploads.add(upload);
        }
        return upload;
    }

    private void append(TusClient client, Upload upload, Random random) throws IOException {
        int from = (int) upload.acknowledged;
        int size = Math.min(upload.content.length - from, random.nextInt(1 << (8 + random.nextInt(12))));
        upload.sent = Math.max(upload.sent, from + size);
        byte[] bytes = Arrays.copyOfRange(upload.content, from, from + size);
        if (random.nextInt(6) > 0) {
            Wire.Response response = client.patch(upload.path, from, bytes);
            if ((response.status() == 409 || response.status() == 423) && upload.brokenOff) {
                ask(client, upload); // the host may see an interrupted request late, or let it take over this one
                return;
            }
            require(response, 204);
            acknowledged(upload, response, from + size);
            return;
        }
        upload.brokenOff = true;
        client.patchBrokenOff(upload.path, from, bytes, random.nextInt(size + 1));
        ask(client, upload);
    }

    /** Requests the offset. A returned offset counts as acknowledged, too. */
    private void ask(TusClient client, Upload upload) throws IOException {
        Wire.Response response = client.head(upload.path);
        require(response, 200);
        long offset = Long.parseLong(response.header("Upload-Offset"));
        if (offset < upload.acknowledged || offset > upload.sent) {
            throw new IOException("offset " + offset + " was returned, " + upload.acknowledged
                    + " were acknowledged and " + upload.sent + " sent");
        }
        acknowledged(upload, response, offset);
    }

    private void acknowledged(Upload upload, Wire.Response response, long offset) throws IOException {
        String receipt = response.header("Upload-Receipt");
        boolean all = offset == upload.content.length;
        boolean other =
                response.status() == 204 && !response.header("Upload-Offset").equals("" + offset);
        if (other || all == receipt.isEmpty()) {
            throw new IOException(
                    "got " + response + " where " + offset + " of " + upload.content.length + " bytes had been sent");
        }
        if (traffic.isPromising()) {
            upload.acknowledged = offset;
            if (upload.isComplete() && !traffic.isSame(receipt, upload.receipt)) {
                throw new IOException("another receipt than before");
            }
            if (all && !upload.isComplete()) {
                upload.receipt = receipt;
                traffic.promised(List.of(receipt), List.of(Traffic.digest(upload.content)));
            }
        }
    }

    private static void require(Wire.Response response, int status) throws IOException {
        if (response.status() != status) {
            throw new IOException("got " + response.status() + " " + response.body());
        }
    }

    /** Waits until an upload was created, if there are clients. */
    void awaitUpload() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (!threads.isEmpty() && uploads.isEmpty() && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    /**
     * Requests the offset of every upload and completes some of the incomplete ones. Returns what is wrong: unknown
     * uploads, offsets below the acknowledged or above the sent bytes, and uploads that cannot resume.
     *
     * @param all whether to complete every upload
     */
    List<String> check(int port, boolean all) {
        TusClient client = new TusClient(port);
        List<String> wrong = new ArrayList<>();
        for (Upload upload : uploads) {
            try {
                ask(client, upload);
                checkedOffsets++;
                if (!upload.isComplete() && (all || seeds.nextBoolean())) {
                    int from = (int) upload.acknowledged;
                    byte[] rest = Arrays.copyOfRange(upload.content, from, upload.content.length);
                    upload.sent = upload.content.length;
                    Wire.Response response = client.patch(upload.path, from, rest);
                    require(response, 204);
                    acknowledged(upload, response, upload.content.length);
                    completed++;
                }
            } catch (IOException e) {
                wrong.add("upload of " + upload.content.length + " bytes: " + e.getMessage());
            }
        }
        return wrong;
    }

    /** Returns the number of offsets that were checked. */
    int checkedOffsets() {
        return checkedOffsets;
    }

    /** Returns the number of uploads that a check completed. */
    int completedCount() {
        return completed;
    }
}
