package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.samples.album.StoredAlbum.Place;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sends photos from a real browser straight to a real Swift, and makes an album of them. */
class DirectAlbumIT {

    private static final int BIG = 8_000_000;

    @TempDir
    private Path directory;

    @BeforeAll
    static void prepare() throws Exception {
        Chromium.prepare();
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(element -> texts.add(element.asText()));
        return texts;
    }

    @Test
    void album_ofPhotosThatNoHostReceived() throws Exception {
        List<Path> files =
                new ArrayList<>(Pictures.draw(directory.resolve("drawn")).subList(0, 3));
        files.add(Files.write(directory.resolve("big.bin"), Bytes.random(BIG, 1)));
        try (SwiftServer swift = SwiftServer.start(Files.createDirectory(directory.resolve("swift")))) {
            Place place = Place.of(swift);
            StoredAlbum.operate(place, "prepare");
            try (StoredAlbum fleet = StoredAlbum.start(place, directory, "--direct")) {
                String[] origins = fleet.urls().stream()
                        .flatMap(url -> Stream.of("--origin", url))
                        .toArray(String[]::new);
                StoredAlbum.operate(place, "prepare", origins);

                JsonNode seen = Chromium.play("direct", fleet.url(1) + "/", files);

                JsonNode album = seen.path("album");
                assertThat(texts(album.path("names")))
                        .containsExactly("dawn.png", "morning.png", "noon.png", "big.bin");
                assertThat(texts(album.path("digests"))).contains(Bytes.sha256(Bytes.random(BIG, 1)));
                assertThat(texts(album.path("pictures"))).containsExactly("480", "480", "480");
                assertThat(texts(seen.path("states"))).containsOnly("stored");
                URI store = URI.create(swift.accountUrl());
                assertThat(texts(seen.path("puts"))).containsExactly("PUT http://" + store.getAuthority());
                assertThat(texts(seen.path("bars")).stream()
                                .mapToDouble(Double::parseDouble)
                                .filter(value -> value > 0 && value < 1))
                        .as("the bar moves while the browser sends: %s", seen)
                        .hasSizeGreaterThan(3)
                        .isSorted();
                assertThat(texts(seen.path("complaints"))).isEmpty();
                assertThat(swift.request("GET", "/album?prefix=data/").body())
                        .as("uploads are discarded after use")
                        .isEmpty();
                assertThat(swift.request("GET", "/album-incoming").body()).isEmpty();
            }
        }
    }
}
