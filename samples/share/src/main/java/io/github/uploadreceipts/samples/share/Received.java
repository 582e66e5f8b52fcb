package io.github.uploadreceipts.samples.share;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.share.ShareLinks;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What people have sent by upload-request links. A line for each file, with its sender and a link to it, goes to the
 * program's output and to {@code received.txt}.
 */
final class Received implements UploadListener, Closeable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path list;
    private final ExecutorService worker = Executors.newSingleThreadExecutor(task -> new Thread(task, "received"));
    private volatile Optional<ShareLinks> links = Optional.empty();

    /** @param list where the lines are kept */
    Received(Path list) {
        this.list = list;
    }

    /** Sets what makes the links, once the host is there that tells of files. */
    void links(ShareLinks value) {
        links = Optional.of(value);
    }

    /** A listener must not wait for the disk, so another thread makes the link. */
    @Override
    public void on(UploadEvent event) {
        if (event instanceof UploadEvent.Stored stored && isRequested(stored.receipt())) {
            worker.execute(() -> add(stored.receipt()));
        }
    }

    private static boolean isRequested(UploadReceipt receipt) {
        return receipt.subject().filter(Ask.RECEIVER::equals).isPresent()
                && receipt.context().isPresent();
    }

    private void add(UploadReceipt receipt) {
        try {
            JsonNode context = JSON.readTree(receipt.context().orElseThrow());
            String url = links.orElseThrow()
                    .url(ShareLink.of(receipt).inline().shortened().build());
            String line = receipt.issuedAt() + "  " + context.path("sender").asText("somebody") + "  " + receipt.name()
                    + "  " + url + System.lineSeparator();
            append(line);
            System.out.print("received  " + line);
            System.out.flush();
        } catch (IOException e) {
            System.err.println(
                    "share: " + receipt.name() + " was received, but could not be listed: " + e.getMessage());
        }
    }

    /** Whoever can read the list can open the files, so nobody but the owner of this process may read it. */
    private void append(String line) throws IOException {
        var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (var out = Channels.newOutputStream(
                Files.newByteChannel(list, Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND), owner))) {
            out.write(line.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Override
    public void close() {
        worker.shutdown();
    }
}
