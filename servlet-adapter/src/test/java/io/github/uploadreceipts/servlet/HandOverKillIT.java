package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that are killed while they hand uploads over. Each upload is handed over at least once. */
@Tag("one-container")
class HandOverKillIT {

    private static final int KILLS = Integer.getInteger("upload-receipts-test.cuts", 40) / 8;
    private static final int LONGEST_MILLIS = 1_200;
    private static final int ID_LENGTH = 22;
    private static final String OPEN = "-handover";
    private static final String VERDICT = "-verdict";

    private final Random random = new Random();
    private final KeyRing ring = KeyRing.generate("test");

    @TempDir
    Path directory;

    private Path root;

    private List<String> names(String end) throws IOException {
        return Traffic.files(root.resolve("uploads")).stream()
                .map(file -> file.getFileName().toString())
                .filter(name -> end.isEmpty() ? name.length() == ID_LENGTH : name.endsWith(end))
                .toList();
    }

    private Set<String> stored() throws IOException {
        return new TreeSet<>(names(""));
    }

    private Set<String> told() throws IOException {
        Path told = root.resolveSibling(StoreServer.TOLD);
        return Files.exists(told) ? new TreeSet<>(Files.readAllLines(told)) : new TreeSet<>();
    }

    private Set<String> decided() throws IOException {
        return names(VERDICT).stream()
                .map(name -> name.substring(0, name.length() - VERDICT.length()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void kill_atAnyMoment_eachUploadIsHandedOver(boolean sealed) throws Exception {
        Path ringFile = directory.resolve("ring.json");
        ring.write(ringFile);
        root = Files.createDirectory(directory.resolve(StoreServer.HANDING_OVER))
                .resolve(sealed ? StoreServer.SEALED : "store");
        Traffic traffic = new Traffic(ring, random.nextLong(), sealed).expect(425); // a claim may come too early
        TusTraffic tus = new TusTraffic(traffic, random.nextLong());
        int left = 0;
        for (int kill = 1; kill <= KILLS; kill++) {
            StoreServer.Program server = StoreServer.Program.start(ringFile, root);
            Traffic.Clients clients = traffic.start(server.port(), sealed ? 0 : 2);
            tus.start(server.port(), 2);
            tus.awaitUpload();
            Thread.sleep(random.nextInt(LONGEST_MILLIS));
            clients.expectFailure();
            tus.expectFailure();
            server.kill();
            clients.stop();
            tus.stop();
            left += names(OPEN).size();
        }
        try (StoreServer.Program server = StoreServer.Program.start(ringFile, root)) {
            assertThat(tus.check(server.port(), true)).isEmpty();
            Await.until(
                    "end of all hand-overs, but " + names(OPEN),
                    () -> decided().equals(stored()) && names(OPEN).isEmpty());
        }
        assertThat(told()).containsAll(stored());
        assertThat(names(OPEN)).isEmpty();
        System.out.printf(
                "%d kills left %d open hand-overs; all of %d uploads were handed over%n", KILLS, left, stored().size());
        assertThat(stored()).isNotEmpty();
    }
}
