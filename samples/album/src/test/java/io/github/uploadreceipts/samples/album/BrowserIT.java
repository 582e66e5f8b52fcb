package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.testing.Required;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Makes albums in a real browser, as a person does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrowserIT {

    private static final int BIG = 8_000_000;
    private static final long SLOW_MILLIS = 6_500;

    private TestFleet fleet;
    private List<Path> files;

    @BeforeAll
    void start() throws Exception {
        Chromium.prepare();
        Required.requireProgram("nginx", "nginx", "nginx-light");
        fleet = TestFleet.start();
        files = new ArrayList<>(Pictures.draw(fleet.directory.resolve("drawn")).subList(0, 4));
        files.add(Files.write(fleet.directory.resolve("drawn/big.bin"), Bytes.random(BIG, 1)));
    }

    @AfterAll
    void stop() {
        if (fleet != null) {
            fleet.close();
        }
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(element -> texts.add(element.asText()));
        return texts;
    }

    @Test
    void album_withScript() throws Exception {
        JsonNode seen = Chromium.play("withScript", fleet.url(1) + "/", files);

        assertThat(texts(seen.path("chosen")))
                .containsExactly("dawn.png", "morning.png", "noon.png", "afternoon.png", "big.bin", "dropped.txt");
        List<String> ordered =
                List.of("big.bin", "morning.png", "dawn.png", "noon.png", "afternoon.png", "dropped.txt");
        assertThat(texts(seen.path("ordered"))).isEqualTo(ordered);
        assertThat(texts(seen.path("gallery"))).isEqualTo(ordered);
        assertThat(texts(seen.path("album").path("names"))).isEqualTo(ordered);
        assertThat(texts(seen.path("album").path("captions")))
                .isEqualTo(
                        ordered.stream().map(name -> "This is <" + name + ">").toList());
        assertThat(texts(seen.path("album").path("digests"))).contains(Bytes.sha256(Bytes.random(BIG, 1)));
        assertThat(texts(seen.path("album").path("hosts")))
                .contains(
                        fleet.host(1).authority(),
                        fleet.host(2).authority(),
                        fleet.host(3).authority())
                .isEqualTo(texts(seen.path("hosts")));
        assertThat(texts(seen.path("album").path("pictures"))).containsExactly("480", "480", "480", "480");
        assertThat(texts(seen.path("complaints"))).isEmpty();

        List<String> progress = texts(seen.path("progress").path("big.bin"));
        assertThat(progress.stream().mapToDouble(Double::parseDouble).filter(value -> value > 0 && value < 1))
                .as("the bar moves during the upload: %s", progress)
                .hasSizeGreaterThan(1)
                .isSorted();
    }

    @Test
    void album_withoutScript() throws Exception {
        JsonNode album =
                Chromium.play("withoutScript", fleet.url(2) + "/", files).path("album");
        assertThat(texts(album.path("names")))
                .containsExactly("morning.png", "noon.png", "afternoon.png", "big.bin", "dawn.png");
        assertThat(texts(album.path("pictures"))).containsExactly("480", "480", "480", "480");
    }

    @Test
    void album_withStoppedHost() throws Exception {
        JsonNode seen = Chromium.play("withStoppedHost", fleet.url(1) + "/", files.subList(0, 3));
        assertThat(seen.path("problem").asText()).isNotEmpty();
        assertThat(texts(seen.path("marked"))).hasSize(1);
        assertThat(seen.path("keys").asInt()).isEqualTo(3);
        assertThat(texts(seen.path("gallery"))).isEqualTo(texts(seen.path("chosen")));
    }

    @Test
    void album_withLostHost() throws Exception {
        try (TestFleet losing = TestFleet.start()) {
            JsonNode seen = Chromium.play("withLostHost", losing.url(1) + "/", files.subList(0, 3));
            assertThat(texts(seen.path("marked"))).hasSize(1);
            assertThat(texts(seen.path("gallery"))).hasSize(6).isEqualTo(texts(seen.path("chosen")));
            assertThat(texts(seen.path("hosts")))
                    .containsOnly(losing.host(1).authority(), losing.host(3).authority());
        }
    }

    @Test
    void album_withUppy_byTus() throws Exception {
        assertThat(texts(playUppy("withUppy").path("requests"))).contains("PATCH");
    }

    @Test
    void album_withUppy_byXhr() throws Exception {
        assertThat(texts(playUppy("withUppyByXhr").path("requests"))).containsOnly("POST");
    }

    private JsonNode playUppy(String scenario) throws Exception {
        String uppy = Path.of("target/browser/node_modules/uppy/dist").toString();
        try (TestFleet withUppy = TestFleet.start("--uppy", uppy)) {
            JsonNode seen = Chromium.play(scenario, withUppy.url(2) + "/", files.subList(0, 3));
            JsonNode album = seen.path("album");
            assertThat(texts(album.path("names"))).containsExactly("dawn.png", "morning.png", "noon.png");
            assertThat(texts(album.path("hosts"))).doesNotHaveDuplicates();
            assertThat(texts(album.path("pictures"))).containsExactly("480", "480", "480");
            assertThat(texts(seen.path("complaints"))).isEmpty();
            return seen;
        }
    }

    /** Behind an nginx that waits for 2 s, while the uploads of one host take 6.5 s to come. */
    @Test
    void album_slowly_showsProgress() throws Exception {
        try (TestFleet slow = impatient()) {
            CompletableFuture<SlowPeer> peer = CompletableFuture.supplyAsync(() -> onceStopped(slow));
            JsonNode seen = Chromium.play("slowly", slow.url(1) + "/", files);
            assertThat(seen.path("took").asLong()).isGreaterThan(SLOW_MILLIS);
            assertThat(texts(seen.path("gallery"))).isEqualTo(texts(seen.path("chosen")));
            assertThat(texts(seen.path("complaints"))).isEmpty();
            assertThat(texts(seen.path("values")).stream().mapToDouble(Double::parseDouble))
                    .as("the bar moves: %s", seen)
                    .hasSizeGreaterThan(1)
                    .isSorted();
            assertThat(texts(seen.path("summaries")))
                    .anyMatch(text -> text.matches("Fetching the photos · .* of 8.0 MB"));
            assertThat(texts(seen.path("announced"))).anyMatch(text -> text.matches("\\d of 5 photos fetched\\."));
            peer.join().close();
        }
    }

    @Test
    void album_slowlyWithoutScript_showsProgress() throws Exception {
        try (TestFleet slow = impatient()) {
            String receipt = slow.client.upload(slow.url(2), "big.bin", "text/plain", Bytes.random(BIG, 1));
            Path form = Files.writeString(slow.directory.resolve("form.html"), """
                    <form action="%s/album" method="post"><input type="hidden" name="receipt" value="%s"><button>Send</button></form>
                    """.formatted(slow.url(1), receipt));
            slow.fleet().stop(2);
            try (SlowPeer peer = SlowPeer.inPlaceOf(slow.host(2), SLOW_MILLIS)) {
                JsonNode seen =
                        Chromium.play("slowlyWithoutScript", form.toUri().toString(), List.of());
                assertThat(seen.path("took").asLong()).isGreaterThan(SLOW_MILLIS);
                assertThat(seen.path("steps").asInt()).isGreaterThan(2);
                assertThat(seen.path("visible").asInt()).isEqualTo(1);
                assertThat(texts(seen.path("values")).stream().mapToLong(Long::parseLong))
                        .isSorted()
                        .doesNotHaveDuplicates();
                assertThat(texts(seen.path("album").path("names"))).containsExactly("big.bin");
                assertThat(peer.served()).isEqualTo(1);
            }
        }
    }

    /** Waits until the page has stopped the second host. */
    private static SlowPeer onceStopped(TestFleet slow) {
        try {
            while (slow.fleet().isRunning(2)) {
                Thread.sleep(20);
            }
            return SlowPeer.inPlaceOf(slow.host(2), SLOW_MILLIS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static TestFleet impatient() throws Exception {
        TestFleet fleet = TestFleet.start("--delivery", ImpatientFront.option(Delivery.Method.X_ACCEL_REDIRECT));
        for (int host = 1; host <= 3; host += 2) {
            ImpatientFront.make(fleet, host, Delivery.Method.X_ACCEL_REDIRECT);
        }
        return fleet;
    }
}
