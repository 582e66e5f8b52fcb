package io.github.uploadreceipts.samples.album;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.key.KeyRing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The state of the fleet, as the page shows it. */
final class FleetState {

    private FleetState() {}

    static String toJson(Fleet fleet, HostPlan self) throws IOException {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("self", self.url())
                .put("maxFileSize", fleet.options().maxFileSize());
        var hosts = json.putArray("hosts");
        for (HostPlan plan : fleet.plans()) {
            Kept kept = Kept.in(plan.store());
            hosts.addObject()
                    .put("number", plan.number())
                    .put("url", plan.url())
                    .put("running", fleet.isRunning(plan.number()))
                    .put("uploads", kept.uploads())
                    .put("bytes", kept.bytes());
        }
        KeyRing ring = KeyRing.load(fleet.keyRing());
        Instant now = Instant.now();
        var keys = json.putArray("keys");
        ring.describe(now).stream()
                .sorted(Comparator.comparing(KeyRing.Key::use)
                        .reversed()
                        .thenComparing(KeyRing.Key::notBefore, Comparator.reverseOrder()))
                .forEach(key -> write(keys.addObject(), key));
        return json.toString();
    }

    private static void write(ObjectNode json, KeyRing.Key key) {
        json.put("kid", key.kid()).put("use", key.use());
        json.put(
                "from", key.notBefore().isAfter(Instant.EPOCH) ? key.notBefore().toString() : null);
        json.put("until", key.expires().map(Instant::toString).orElse(null));
        json.put("signing", key.current());
    }

    /** Counts what a store holds on its disk, because a stopped host still keeps its uploads. */
    private record Kept(long uploads, long bytes) {

        private static final int ID_LENGTH = 22;

        static Kept in(Path store) throws IOException {
            try (Stream<Path> files = Files.find(
                    store.resolve("uploads"), 2, (path, attributes) -> attributes.isRegularFile() && isUpload(path))) {
                List<Long> sizes = files.map(Kept::size).toList();
                return new Kept(
                        sizes.size(), sizes.stream().mapToLong(Long::longValue).sum());
            } catch (NoSuchFileException e) {
                return new Kept(0, 0);
            } catch (UncheckedIOException e) {
                return new Kept(0, 0); // a file was deleted while we counted; the page soon asks again
            }
        }

        /** Beside the uploads are records of their use, whose names go on after the upload's id. */
        private static boolean isUpload(Path file) {
            return file.getFileName().toString().length() == ID_LENGTH;
        }

        private static long size(Path file) {
            try {
                return Files.size(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
