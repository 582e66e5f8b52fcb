package io.github.uploadreceipts.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many uploads may be begun and not complete. */
class UnfinishedUploadsTest {

    private static final UploadLimits LIMITS =
            UploadLimits.builder().unfinished(2, 3, 4).build();

    @TempDir
    Path directory;

    private Instant now = Instant.parse("2026-11-28T10:00:00Z");
    private UploadHost host;
    private ResumableUploads uploads;

    @BeforeEach
    void start() throws IOException {
        host = UploadHost.builder(TestRings.photos(), new WatchedStore(directory))
                .internalUrl("http://app1.lan:8080")
                .clock(new Clock() {
                    @Override
                    public ZoneId getZone() {
                        return ZoneOffset.UTC;
                    }

                    @Override
                    public Clock withZone(ZoneId zone) {
                        return this;
                    }

                    @Override
                    public Instant instant() {
                        return now;
                    }
                })
                .developmentMode()
                .build();
        uploads = HostAccess.resumable(host).orElseThrow();
    }

    @AfterEach
    void stop() throws IOException {
        host.close();
    }

    private UploadResource create(String subject, String client) throws UploadRefusedException {
        Creation creation =
                new Creation("photo.jpg", Optional.empty(), Optional.of(3L), Optional.empty(), Role.REGULAR);
        return uploads.create(Admission.of(UploadPermit.of(subject, LIMITS)), creation.from(client));
    }

    private void assertRefused(String subject, String client) {
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> create(subject, client))
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.TOO_MANY_UPLOADS));
    }

    @Test
    void create_tooManyOfOneSubject_untilOneIsComplete() throws Exception {
        UploadResource first = create("ann", "192.0.2.1");
        create("ann", "192.0.2.2");
        assertRefused("ann", "192.0.2.3");
        create("bob", "192.0.2.3");
        try (Append append = uploads.open(first)) {
            append.write(ByteBuffer.allocate(3));
            assertThat(append.complete().receipt()).isPresent();
        }
        create("ann", "192.0.2.3");
        assertRefused("ann", "192.0.2.3");
    }

    @Test
    void create_tooManyFromOneNetwork_untilOneIsTerminated() throws Exception {
        UploadResource first = create("ann", "2001:db8:1:2::1");
        create("bob", "2001:db8:1:2::2");
        create("cem", "2001:db8:1:2:ffff::3");
        assertRefused("dan", "2001:db8:1:2:1:1:1:1");
        uploads.terminate(first);
        create("dan", "2001:db8:1:2:1:1:1:1");
    }

    @Test
    void create_tooManyInAll_untilTheyArePurged() throws Exception {
        for (int i = 0; i < 4; i++) {
            create("user" + i, "192.0.2." + i);
        }
        assertRefused("ann", "192.0.2.9");
        now = now.plus(Duration.ofHours(27));
        create("ann", "192.0.2.9");
    }

    /** A refused upload must not count. */
    @Test
    void create_refusedForSpace_notCounted() throws Exception {
        UploadLimits full = LIMITS.toBuilder().freeSpaceFloor(Long.MAX_VALUE).build();
        Creation creation =
                new Creation("photo.jpg", Optional.empty(), Optional.of(3L), Optional.empty(), Role.REGULAR);
        for (int i = 0; i < 3; i++) {
            assertThatExceptionOfType(UploadRefusedException.class)
                    .isThrownBy(() -> uploads.create(Admission.of(UploadPermit.of("ann", full)), creation))
                    .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.NO_SPACE));
        }
        create("ann", "192.0.2.1");
        create("ann", "192.0.2.1");
    }
}
