package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.store.UploadId;
import java.time.Duration;
import java.util.Optional;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * Writes what happens into recordings of Java Flight Recorder, if any run. An event without an upload has none, and its
 * field is null. Names of files and of users are left out: recordings are passed around.
 *
 * <p>The module {@code jdk.jfr} is optional. {@link #listener} alone may be called where it is absent.
 */
final class FlightRecording implements UploadListener {

    private static final String PREFIX = "io.github.uploadreceipts.";

    /** Returns the listener, if this Java runtime has Flight Recorder. */
    static Optional<UploadListener> listener() {
        try {
            Class.forName("jdk.jfr.Event", false, FlightRecording.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
        return Optional.of(new FlightRecording());
    }

    @Override
    public void on(UploadEvent event) {
        if (FlightRecorder.isInitialized()) { // otherwise nothing has ever been recorded
            record(event).ifPresent(Recorded::commit);
        }
    }

    private static Optional<Recorded> record(UploadEvent event) {
        if (event instanceof UploadEvent.Received it) {
            return Optional.of(new Received(it));
        } else if (event instanceof UploadEvent.Stored it) {
            return Optional.of(new Stored(it));
        } else if (event instanceof UploadEvent.Refused it) {
            return Optional.of(new Refused(it));
        } else if (event instanceof UploadEvent.Appended it) {
            return Optional.of(new Appended(it));
        } else if (event instanceof UploadEvent.Resumed it) {
            return Optional.of(new Resumed(it));
        } else if (event instanceof UploadEvent.TakenOver it) {
            return Optional.of(new TakenOver(it));
        } else if (event instanceof UploadEvent.Abandoned it) {
            return Optional.of(new Abandoned(it));
        } else if (event instanceof UploadEvent.Relayed it) {
            return Optional.of(new Relayed(it));
        } else if (event instanceof UploadEvent.Delivered it) {
            return Optional.of(new Delivered(it));
        } else if (event instanceof UploadEvent.LinkUsed it) {
            return Optional.of(new LinkUsed(it));
        } else if (event instanceof UploadEvent.HandedOver it) {
            return Optional.of(new HandedOver(it));
        } else if (event instanceof UploadEvent.HandOverFailed it) {
            return Optional.of(new HandOverFailed(it));
        } else if (event instanceof UploadEvent.HandOverExpired it) {
            return Optional.of(new HandOverExpired(it));
        } else if (event instanceof UploadEvent.Claimed it) {
            return Optional.of(new Claimed(it));
        } else if (event instanceof UploadEvent.Fetched it) {
            return Optional.of(new Fetched(it));
        } else if (event instanceof UploadEvent.Discarded it) {
            return Optional.of(new Discarded(it));
        } else if (event instanceof UploadEvent.Purged it) {
            return Optional.of(new Purged(it));
        }
        return Optional.empty();
    }

    @Category("Upload Receipts")
    @StackTrace(false)
    abstract static class Recorded extends Event {

        @Label("Upload Id")
        final @Nullable String upload;

        Recorded(@Nullable UploadId id) {
            upload = id == null ? null : id.toString();
        }
    }

    @Name(PREFIX + "Received")
    @Label("Upload Received")
    static final class Received extends Recorded {

        @DataAmount
        final long bytes;

        @Timespan
        final long took;

        final String way;

        Received(UploadEvent.Received told) {
            super(told.id());
            bytes = told.bytes();
            took = nanos(told.duration());
            way = told.way().name();
        }
    }

    @Name(PREFIX + "Stored")
    @Label("Upload Stored")
    static final class Stored extends Recorded {

        @DataAmount
        final long bytes;

        Stored(UploadEvent.Stored told) {
            super(told.receipt().id());
            bytes = told.receipt().size();
        }
    }

    @Name(PREFIX + "Refused")
    @Label("Request Refused")
    static final class Refused extends Recorded {

        final String problem;
        final int status;
        final String place;

        Refused(UploadEvent.Refused told) {
            super(told.id().orElse(null));
            problem = told.problem().type().name();
            status = told.problem().status();
            place = told.place().name();
        }
    }

    @Name(PREFIX + "Appended")
    @Label("Upload Appended")
    static final class Appended extends Recorded {

        @DataAmount
        final long offset;

        @DataAmount
        final long bytes;

        Appended(UploadEvent.Appended told) {
            super(told.id());
            offset = told.offset();
            bytes = told.bytes();
        }
    }

    @Name(PREFIX + "Resumed")
    @Label("Upload Resumed")
    static final class Resumed extends Recorded {

        @DataAmount
        final long offset;

        Resumed(UploadEvent.Resumed told) {
            super(told.id());
            offset = told.offset();
        }
    }

    @Name(PREFIX + "TakenOver")
    @Label("Upload Taken Over")
    static final class TakenOver extends Recorded {

        @DataAmount
        final long offset;

        TakenOver(UploadEvent.TakenOver told) {
            super(told.id());
            offset = told.offset();
        }
    }

    @Name(PREFIX + "Abandoned")
    @Label("Upload Abandoned")
    static final class Abandoned extends Recorded {

        @DataAmount
        final long bytes;

        Abandoned(UploadEvent.Abandoned told) {
            super(told.id().orElse(null));
            bytes = told.bytes();
        }
    }

    @Name(PREFIX + "Relayed")
    @Label("Request Relayed")
    static final class Relayed extends Recorded {

        final String peer;

        @Timespan
        final long took;

        Relayed(UploadEvent.Relayed told) {
            super(told.id().orElse(null));
            peer = told.peer().getRawAuthority();
            took = nanos(told.duration());
        }
    }

    @Name(PREFIX + "Delivered")
    @Label("Upload Delivered")
    static final class Delivered extends Recorded {

        Delivered(UploadEvent.Delivered told) {
            super(told.id());
        }
    }

    @Name(PREFIX + "LinkUsed")
    @Label("Share Link Used")
    static final class LinkUsed extends Recorded {

        final boolean own;

        LinkUsed(UploadEvent.LinkUsed told) {
            super(told.id());
            own = told.own();
        }
    }

    @Name(PREFIX + "HandedOver")
    @Label("Upload Handed Over")
    static final class HandedOver extends Recorded {

        final String party;

        final String status;

        HandedOver(UploadEvent.HandedOver told) {
            super(told.id());
            party = told.party();
            status = told.status().name();
        }
    }

    @Name(PREFIX + "HandOverFailed")
    @Label("Upload Hand-over Failed")
    static final class HandOverFailed extends Recorded {

        final String party;

        final int attempt;

        HandOverFailed(UploadEvent.HandOverFailed told) {
            super(told.id());
            party = told.party();
            attempt = told.attempt();
        }
    }

    @Name(PREFIX + "HandOverExpired")
    @Label("Upload Hand-over Expired")
    static final class HandOverExpired extends Recorded {

        final String party;

        HandOverExpired(UploadEvent.HandOverExpired told) {
            super(told.id());
            party = told.party();
        }
    }

    @Name(PREFIX + "Claimed")
    @Label("Upload Claimed")
    static final class Claimed extends Recorded {

        final String claim;

        Claimed(UploadEvent.Claimed told) {
            super(told.id());
            claim = told.claim().id();
        }
    }

    @Name(PREFIX + "Fetched")
    @Label("Upload Fetched")
    static final class Fetched extends Recorded {

        @DataAmount
        final long bytes;

        final @Nullable String peer;

        @Timespan
        final long took;

        Fetched(UploadEvent.Fetched told) {
            super(told.receipt().id());
            bytes = told.receipt().size();
            peer = told.peer().map(url -> url.getRawAuthority()).orElse(null);
            took = nanos(told.duration());
        }
    }

    @Name(PREFIX + "Discarded")
    @Label("Upload Discarded")
    static final class Discarded extends Recorded {

        Discarded(UploadEvent.Discarded told) {
            super(told.id());
        }
    }

    @Name(PREFIX + "Purged")
    @Label("Uploads Purged")
    static final class Purged extends Recorded {

        final int hours;

        Purged(UploadEvent.Purged told) {
            super(null);
            hours = told.hours();
        }
    }

    private static long nanos(Duration duration) {
        return duration.toNanos();
    }
}
