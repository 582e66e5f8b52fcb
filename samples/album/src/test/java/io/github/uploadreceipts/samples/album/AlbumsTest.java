package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlbumsTest {

    @TempDir
    Path directory;

    private Path root;

    @BeforeEach
    void resolve() throws IOException {
        root = directory.toRealPath().resolve("albums");
    }

    static MadeAlbum publish(Albums albums) throws IOException {
        try (Albums.Draft draft = albums.draft()) {
            Files.writeString(draft.file(0), "bytes");
            return draft.publish("order", "host", List.of());
        }
    }

    private Path orderFile() throws IOException {
        try (var files = Files.list(root.resolve("orders"))) {
            return files.findFirst().orElseThrow();
        }
    }

    @Test
    void publish_foundAfterRestart() throws IOException {
        MadeAlbum album = publish(Albums.in(root));
        Albums again = Albums.in(root);
        assertThat(again.find(album.id())).contains(album);
        assertThat(again.ofOrder("order")).contains(album);
        assertThat(again.file(album, 0)).hasContent("bytes");
    }

    @Test
    void publish_orderCannotBeWritten() throws IOException {
        Albums albums = Albums.in(root);
        publish(albums);
        Path order = orderFile();
        Files.delete(order);
        Files.createDirectories(order.resolve("in the way"));
        assertThatIOException().isThrownBy(() -> publish(albums));
        assertThat(albums.count()).as("albums with an order").isEqualTo(1);
    }

    /** A crash during the replacement leaves the complete old file. */
    @Test
    void publish_orderIsReplacedAtomically() throws IOException {
        Albums albums = Albums.in(root);
        String first = publish(albums).id();
        Path old = Files.createLink(directory.resolve("old"), orderFile());
        assertThat(publish(albums).id()).isNotEqualTo(first);
        assertThat(old).hasContent(first);
    }

    @Test
    void ofOrder_crashedBeforeTheAlbum() throws IOException {
        Albums albums = Albums.in(root);
        publish(albums);
        for (String left : List.of(UploadId.random().toString(), "")) {
            Files.writeString(orderFile(), left);
            assertThat(albums.ofOrder("order")).isEmpty();
            MadeAlbum album = publish(albums);
            assertThat(albums.ofOrder("order")).contains(album);
        }
    }
}
