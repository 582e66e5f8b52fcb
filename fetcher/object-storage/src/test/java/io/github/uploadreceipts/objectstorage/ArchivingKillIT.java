package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.objectstorage.internal.store.ArchivedObjects;
import io.github.uploadreceipts.objectstorage.testing.S3Engine;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.Await;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while it archives uploads. */
class ArchivingKillIT {

    /** Each before and after a request. More than one upload takes, so that all steps are met. */
    private static final int STEPS = 10;

    private static final int RANDOM_KILLS = 8;
    private static final int LONGEST_MILLIS = 2_500;

    @SuppressWarnings("NullAway.Init")
    private static S3Engine engine;

    private static String bucket = "";

    private final Set<UploadId> stored = new HashSet<>();
    private final Set<UploadId> discarding = new HashSet<>();
    private final Set<UploadId> discarded = new HashSet<>();

    @TempDir
    private Path directory;

    @BeforeAll
    static void startStore(@TempDir Path directory) throws IOException {
        engine = S3Engine.start(directory);
        bucket = engine.newBucket();
    }

    @AfterAll
    static void stopStore() {
        engine.close();
    }

    private static S3Storage storage() {
        return ArchiveProgram.storage(engine.endpoint().toString(), bucket, engine.credentials());
    }

    @Test
    void kill_atEveryStepAndAtAnyMoment_nothingIsLost_norThereTwice() throws Exception {
        for (int step = 1; step <= STEPS; step++) {
            for (boolean sent : new boolean[] {false, true}) {
                Process process = start(step, sent);
                assertThat(read(process)).as("step " + step + ", sent: " + sent).isEqualTo(ArchiveProgram.ENDED);
                assertUploads();
            }
        }
        Random random = new Random();
        for (int kill = 0; kill < RANDOM_KILLS; kill++) {
            Process process = start(Integer.MAX_VALUE, true);
            Thread killer = new Thread(() -> {
                try {
                    Thread.sleep(500 + random.nextInt(LONGEST_MILLIS));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                process.destroyForcibly();
            });
            killer.start();
            assertThat(read(process)).isEqualTo(137);
            killer.join();
            assertUploads();
        }
        settle();
        System.out.printf("%d uploads held, %d were discarded%n", stored.size(), discarded.size());
    }

    private Process start(int lastRequest, boolean sent) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ArchiveProgram.class.getName(),
                        directory.resolve("store").toString(),
                        engine.endpoint().toString(),
                        bucket,
                        engine.credentials().accessKeyId(),
                        engine.credentials().secretAccessKey(),
                        Integer.toString(lastRequest),
                        Boolean.toString(sent))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Reads what the process says until its end, and returns its status. */
    private int read(Process process) throws Exception {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                UploadId id = UploadId.parse(line.substring(line.indexOf(' ') + 1));
                (line.startsWith("stored") ? stored : line.startsWith("discarding") ? discarding : discarded).add(id);
            }
        }
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    /** Every upload can be read, wherever its bytes are. */
    private void assertUploads() throws IOException {
        try (LocalUploadStore local = LocalUploadStore.at(directory.resolve("store"));
                S3Storage storage = storage()) {
            ArchivedObjects objects = new ArchivedObjects(local, storage.client(), "S3", false, Duration.ZERO);
            for (UploadId id : stored) {
                if (discarded.contains(id)) {
                    assertThat(objects.find(id, ArchiveProgram.HOUR)).isEmpty();
                } else if (!discarding.contains(id)) {
                    assertBytes(objects.find(id, ArchiveProgram.HOUR).orElseThrow(), id);
                }
            }
            objects.close();
        }
    }

    private static void assertBytes(StoredUpload upload, UploadId id) throws IOException {
        try (InputStream in = upload.open(0, upload.size())) {
            assertThat(in.readAllBytes()).isEqualTo(ArchiveProgram.bytes(id));
        }
    }

    /** In the end each upload is one object, and there is no other. */
    private void settle() throws Exception {
        try (S3Storage storage = storage();
                LocalUploadStore local = LocalUploadStore.at(directory.resolve("store"));
                ArchivingUploadStore store = ArchiveProgram.open(local, storage.client())) {
            for (UploadId id : discarding) {
                store.discard(id, ArchiveProgram.HOUR);
            }
            discarded.addAll(discarding);
            for (UploadId id : stored) {
                ArchivingContract.awaitMove(local, id, ArchiveProgram.HOUR);
                if (!discarded.contains(id)) {
                    assertBytes(store.find(id, ArchiveProgram.HOUR).orElseThrow(), id);
                }
            }
            Await.until(
                    "end of pushes",
                    () -> store.waiting() == 0
                            && new HashSet<>(ofLive(storage)).size()
                                    == ofLive(storage).size());
            List<String> objects = ofLive(storage);
            assertThat(objects).doesNotHaveDuplicates();
            for (String id : objects) { // some were stored, and the process ended before it said so
                assertBytes(store.find(UploadId.parse(id), ArchiveProgram.HOUR).orElseThrow(), UploadId.parse(id));
            }
            stored.removeAll(discarded);
            assertThat(objects)
                    .containsAll(stored.stream().map(UploadId::toString).toList());
            assertThat(stored).hasSizeGreaterThan(STEPS);
            store.purge(ArchiveProgram.HOUR.end().plusSeconds(7200));
            assertThat(ids(storage)).isEmpty();
        }
    }

    /** Of an upload that was discarded while it was pushed, a killed process may leave an object to the purge. */
    private List<String> ofLive(S3Storage storage) throws IOException {
        return ids(storage).stream()
                .filter(id -> !discarded.contains(UploadId.parse(id)))
                .toList();
    }

    private static List<String> ids(S3Storage storage) throws IOException {
        String prefix = "archive/" + ArchiveProgram.HOUR + "/";
        return storage.client().list(prefix, "").stream()
                .map(object -> object.name().substring(prefix.length(), prefix.length() + 22))
                .sorted()
                .toList();
    }
}
