package io.github.uploadreceipts.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadEvent.Place;
import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlightRecordingTest {

    private static final UploadId ID = UploadId.parse("AAECAwQFBgcICQoLDA0ODw");
    private static final URI PEER = URI.create("http://app2.lan:8080");

    @TempDir
    Path directory;

    @Test
    void recording_hasTheFactsOfEveryEvent() throws Exception {
        Map<String, RecordedEvent> recorded = new HashMap<>();
        try (UploadHost host = UploadHost.builder(TestRings.photos(), InMemoryUploadStore.create())
                        .internalUrl("http://192.0.2.7:8080")
                        .build();
                Recording recording = new Recording()) {
            Engine engine = HostAccess.engine(host);
            List<UploadEvent> events = events(engine);
            assertThat(events.stream().map(UploadEvent::getClass))
                    .as("every event")
                    .containsAll(Arrays.stream(UploadEvent.class.getDeclaredClasses())
                            .filter(Class::isRecord)
                            .map(kind -> kind.asSubclass(UploadEvent.class))
                            .toList());
            recording.start();
            events.forEach(engine::tell);
            recording.stop();
            Path file = directory.resolve("events.jfr");
            recording.dump(file);
            for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
                String name = event.getEventType().getName();
                if (name.startsWith("io.github.uploadreceipts.")) {
                    recorded.put(name.substring("io.github.uploadreceipts.".length()), event);
                }
            }
            assertThat(recorded).hasSameSizeAs(events);
        }
        assertThat(recorded.get("Received").getString("upload")).isEqualTo(ID.toString());
        assertThat(recorded.get("Received").getDuration("took")).isEqualTo(Duration.ofMillis(20));
        assertThat(recorded.get("Received").getLong("bytes")).isEqualTo(3);
        assertThat(recorded.get("Received").getString("way")).isEqualTo("TUS");
        assertThat(recorded.get("Refused").getString("problem")).isEqualTo("FILE_TOO_LARGE");
        assertThat(recorded.get("Refused").getString("place")).isEqualTo("UPLOAD");
        assertThat(recorded.get("Refused").getString("upload")).isNull();
        assertThat(recorded.get("Appended").getLong("offset")).isEqualTo(1);
        assertThat(recorded.get("Fetched").getString("peer")).isEqualTo("app2.lan:8080");
        assertThat(recorded.get("Claimed").getString("claim")).isEqualTo("order-1");
        assertThat(recorded.get("Purged").getInt("hours")).isEqualTo(2);
        assertThat(recorded.get("Stored").getEventType().getCategoryNames()).containsExactly("Upload Receipts");
        assertThat(recorded.get("Stored").getStackTrace()).isNull();
    }

    private static List<UploadEvent> events(Engine engine) throws Exception {
        UploadReceipt receipt;
        Admission admission = Admission.of(UploadPermit.anyone(UploadLimits.defaults()));
        try (IncomingUpload upload = engine.receive(admission, 0, "a", null)) {
            receipt = upload.publish().receipt();
        }
        return List.of(
                new UploadEvent.Received(ID, 3, Duration.ofMillis(20), Way.TUS),
                new UploadEvent.Stored(receipt),
                new UploadEvent.Refused(Problem.of(ProblemType.FILE_TOO_LARGE), Place.UPLOAD, Optional.empty()),
                new UploadEvent.Appended(ID, 1, 2),
                new UploadEvent.Resumed(ID, 1),
                new UploadEvent.TakenOver(ID, 1),
                new UploadEvent.Abandoned(Optional.of(ID), 1),
                new UploadEvent.Relayed(Optional.of(ID), PEER, Duration.ofMillis(30)),
                new UploadEvent.Delivered(ID),
                new UploadEvent.LinkUsed(ID, true),
                new UploadEvent.HandedOver(ID, "scanner", Verdict.Status.DONE),
                new UploadEvent.HandOverFailed(ID, "scanner", 2),
                new UploadEvent.HandOverExpired(ID, "scanner"),
                new UploadEvent.Claimed(ID, Claim.of("order-1")),
                new UploadEvent.Fetched(receipt, Optional.of(PEER), Duration.ofMillis(40)),
                new UploadEvent.Discarded(ID),
                new UploadEvent.Purged(2));
    }
}
