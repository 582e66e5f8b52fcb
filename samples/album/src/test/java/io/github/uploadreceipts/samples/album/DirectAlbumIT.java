package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.objectstorage.testing.S3Proxy;
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

/** Sends photos from a real browser straight to a real Swift or s3proxy, and makes an album of them. */
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
    void album_ofPhotosThatNoHostReceived_swift() throws Exception {
        try (SwiftServer swift = SwiftServer.start(Files.createDirectory(directory.resolve("swift")))) {
            String store = "http://" + URI.create(swift.accountUrl()).getAuthority();
            makeAlbum(Place.of(swift), "PUT " + store);
            assertThat(swift.request("GET", "/album?prefix=data/").body())
                    .as("uploads are discarded after use")
                    .isEmpty();
            assertThat(swift.request("GET", "/album-incoming").body()).isEmpty();
        }
    }

    @Test
    void album_ofPhotosThatNoHostReceived_s3() throws Exception {
        Path kept = Files.createDirectory(directory.resolve("s3"));
        try (S3Proxy store = S3Proxy.start(kept)) {
            makeAlbum(Place.of(store), "POST " + store.endpoint());
        }
        try (Stream<Path> files = Files.walk(kept.resolve("data"))) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> kept.relativize(file).toString()))
                    .isNotEmpty()
                    .noneMatch(file -> file.contains("album-incoming/") || file.contains("album/data/"));
        }
    }

    /** @param request by which the browser sends the photos */
    private void makeAlbum(Place place, String request) throws Exception {
        List<Path> files =
                new ArrayList<>(Pictures.draw(directory.resolve("drawn")).subList(0, 3));
        files.add(Files.write(directory.resolve("big.bin"), Bytes.random(BIG, 1)));
        StoredAlbum.operate(place, "prepare");
        try (StoredAlbum fleet = StoredAlbum.start(place, directory, "--direct")) {
            String[] origins = fleet.urls().stream()
                    .flatMap(url -> Stream.of("--origin", url))
                    .toArray(String[]::new);
            StoredAlbum.operate(place, "prepare", origins);
            StoredAlbum.operate(place, "check");
            makeAlbumWithoutScript(fleet, request.replace("PUT", "POST"), files.subList(0, 2));

            JsonNode seen = Chromium.play("direct", fleet.url(1) + "/", files);

            JsonNode album = seen.path("album");
            assertThat(texts(album.path("names"))).containsExactly("dawn.png", "morning.png", "noon.png", "big.bin");
            assertThat(texts(album.path("digests"))).contains(Bytes.sha256(Bytes.random(BIG, 1)));
            assertThat(texts(album.path("pictures"))).containsExactly("480", "480", "480");
            assertThat(texts(seen.path("states"))).containsOnly("stored");
            assertSent(seen, request);
            assertThat(texts(seen.path("bars")).stream()
                            .mapToDouble(Double::parseDouble)
                            .filter(value -> value > 0 && value < 1))
                    .as("the bar moves while the browser sends: %s", seen)
                    .hasSizeGreaterThan(1)
                    .isSorted();
            assertThat(texts(seen.path("complaints"))).isEmpty();
        }
    }

    private static void makeAlbumWithoutScript(StoredAlbum fleet, String request, List<Path> files) throws Exception {
        JsonNode seen = Chromium.play("directWithoutScript", fleet.url(1) + "/", files);
        assertThat(texts(seen.path("listed"))).containsExactly("dawn.png", "morning.png");
        assertThat(texts(seen.path("album").path("names"))).containsExactly("dawn.png", "morning.png");
        assertThat(texts(seen.path("album").path("pictures"))).containsExactly("480", "480");
        assertSent(seen, request);
        assertThat(texts(seen.path("complaints"))).isEmpty();
    }

    /** Checks that files went to the store, and none to a host. */
    private static void assertSent(JsonNode seen, String request) {
        assertThat(texts(seen.path("requests")))
                .anyMatch(each -> each.startsWith(request + "/"))
                .allMatch(each ->
                        each.startsWith(request + "/") || !each.matches("(PUT|PATCH) .*|POST [^/]*//[^/]*/uploads/?"));
    }
}
