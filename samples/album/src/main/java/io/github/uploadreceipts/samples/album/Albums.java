package io.github.uploadreceipts.samples.album;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.UploadId;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The application's own data: finished albums, and which order made which album. On real machines this would be the
 * application's database and archive.
 *
 * <pre>{@code
 * <directory>/made/<album id>/album.json, 0, 1, 2, …
 * <directory>/orders/<hash of the order>     the album's id
 * <directory>/drafts/<album id>/             being made
 * }</pre>
 */
final class Albums {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path made;
    private final Path orders;
    private final Path drafts;
    private final Map<String, Making> making = new HashMap<>();

    private Albums(Path directory) throws IOException {
        made = Durable.createDirectories(directory.resolve("made"));
        orders = Durable.createDirectories(directory.resolve("orders"));
        drafts = directory.resolve("drafts");
        Trees.delete(drafts);
        Files.createDirectories(drafts);
    }

    static Albums in(Path directory) throws IOException {
        return new Albums(directory);
    }

    /** An album that is being made. Closing it deletes the draft, unless it was published. */
    final class Draft implements Closeable {

        private final String id = UploadId.random().toString();
        private final Path directory = drafts.resolve(id);

        private Draft() throws IOException {
            Files.createDirectory(directory);
        }

        String id() {
            return id;
        }

        /** Returns the path for the file at {@code index}. The caller writes the file, and forces its bytes. */
        Path file(int index) {
            return directory.resolve(Integer.toString(index));
        }

        /**
         * Makes the album durable. After this the uploads may be discarded. The order is written first, and counts only
         * once its album exists. The album gets its name last. So no album exists without its order.
         */
        MadeAlbum publish(String order, String answeredBy, List<MadeAlbum.Item> items) throws IOException {
            MadeAlbum album = new MadeAlbum(id, order, answeredBy, items);
            Durable.write(directory.resolve("album.json"), JSON.writeValueAsBytes(album));
            if (!order.isEmpty()) {
                Durable.write(orderFile(order), id.getBytes(StandardCharsets.US_ASCII));
            }
            Durable.move(directory, made.resolve(id));
            return album;
        }

        @Override
        public void close() throws IOException {
            Trees.delete(directory);
        }
    }

    Draft draft() throws IOException {
        return new Draft();
    }

    /** Returns the album of this id, if there is one. */
    Optional<MadeAlbum> find(String id) throws IOException {
        try {
            Path directory = made.resolve(UploadId.parse(id).toString());
            return Optional.of(JSON.readValue(Files.readAllBytes(directory.resolve("album.json")), MadeAlbum.class));
        } catch (IllegalArgumentException | NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Returns the album that this order has already made, if there is one. */
    Optional<MadeAlbum> ofOrder(String order) throws IOException {
        try {
            return find(Files.readString(orderFile(order)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns the album that this order has made or is making; otherwise starts to make it. On real machines, hosts would
     * agree on this in the application's database.
     */
    synchronized Making making(String order, Supplier<Making> start) throws IOException {
        Optional<MadeAlbum> before = ofOrder(order);
        if (before.isPresent()) {
            return Making.made(before.get());
        }
        Making running = making.get(order);
        if (running != null) {
            return running;
        }
        Making started = start.get();
        making.put(order, started);
        var unused = started.album().whenComplete((album, failure) -> ended(order));
        return started;
    }

    private synchronized void ended(String order) {
        making.remove(order);
    }

    private Path orderFile(String order) {
        byte[] hash = ContentDigest.newHash().digest(order.getBytes(StandardCharsets.UTF_8));
        return orders.resolve(HexFormat.of().formatHex(hash));
    }

    /** Returns the file of an album's item. */
    Path file(MadeAlbum album, int index) {
        return made.resolve(album.id()).resolve(Integer.toString(index));
    }

    /** Returns how many albums there are. */
    long count() throws IOException {
        try (Stream<Path> all = Files.list(made)) {
            return all.count();
        }
    }
}
