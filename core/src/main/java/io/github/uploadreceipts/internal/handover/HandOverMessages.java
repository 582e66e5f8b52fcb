package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * What hosts say to each other about hand-overs, in the fields of their questions and responses.
 *
 * <p>{@link #AWAIT} asks for the verdicts on several uploads: how many seconds the owner may wait for the first (1 byte),
 * the number of uploads (1 byte), and for each its hour (a time) and its id (16 bytes). The response has those on which
 * there is one: the upload's place in the question (1 byte) and a verdict, or 3 and the type of a problem (a text).
 *
 * <p>{@link #FINISH} has the upload's hour and id, the name of the party (a text) and a verdict. The response says whether
 * this is news (1 byte).
 *
 * <p>A verdict is 1 byte, 1 if it is done, and 2 if it is refused, and a long text: the data or the message, if there is
 * one.
 */
final class HandOverMessages {

    static final String AWAIT = "AWAIT_VERDICT";
    static final String FINISH = "FINISH_HAND_OVER";

    /** How many uploads a question is about at most: containers take header fields of about 8 KiB. */
    static final int MOST_UPLOADS = 100;

    /** How long an owner waits for a verdict at most. A response must come before proxies and peers lose patience. */
    static final Duration LONGEST = Duration.ofSeconds(25);

    private static final int DONE = 1;
    private static final int REFUSED = 2;
    private static final int PROBLEM = 3;

    /** What is asked for. */
    record Awaited(Duration atMost, List<Location> uploads) {}

    private HandOverMessages() {}

    static PackedWriter write(Awaited asked) {
        PackedWriter fields = new PackedWriter().bytes(new byte[] {
            (byte) asked.atMost().toSeconds(), (byte) asked.uploads().size()
        });
        asked.uploads().forEach(upload -> fields.all(write(upload)));
        return fields;
    }

    /** @param owner the internal URL of this host */
    static Awaited readAwaited(PackedReader fields, URI owner) {
        Duration atMost = Duration.ofSeconds(fields.bytes(1)[0]);
        int count = fields.bytes(1)[0];
        if (atMost.isNegative() || atMost.compareTo(LONGEST) > 0 || count <= 0 || count > MOST_UPLOADS) {
            throw new IllegalArgumentException("too much is asked for");
        }
        List<Location> uploads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            uploads.add(readUpload(fields, owner));
        }
        fields.requireEnd();
        return new Awaited(atMost, uploads);
    }

    static PackedWriter write(Location upload) {
        return new PackedWriter().time(upload.hour().start()).id(upload.id());
    }

    static Location readUpload(PackedReader fields, URI owner) {
        Instant start = fields.time();
        ExpiryHour hour = new ExpiryHour(start);
        if (!hour.start().equals(start)) {
            throw new IllegalArgumentException("an upload's hour is not a whole one");
        }
        return new Location(owner, hour, fields.id());
    }

    static PackedWriter write(Verdict verdict) {
        int status = switch (verdict.status()) {
            case DONE -> DONE;
            case REFUSED -> REFUSED;
            case WAITING -> throw new IllegalArgumentException("a hand-over that is open has no verdict");
        };
        return new PackedWriter()
                .bytes(new byte[] {(byte) status})
                .longText(verdict.message().or(verdict::data).orElse(""));
    }

    static Verdict readVerdict(PackedReader fields) {
        return readVerdict(fields.bytes(1)[0], fields);
    }

    private static Verdict readVerdict(int status, PackedReader fields) {
        Optional<String> text = Optional.of(fields.longText()).filter(some -> !some.isEmpty());
        return switch (status) {
            case DONE -> new Verdict(Verdict.Status.DONE, Optional.empty(), text);
            case REFUSED -> new Verdict(Verdict.Status.REFUSED, text, Optional.empty());
            default -> throw new IllegalArgumentException("no such verdict");
        };
    }

    /** Writes what came of one upload that was asked about. */
    static PackedWriter writeOutcome(int index, CompletableFuture<Verdict> decided) {
        PackedWriter fields = new PackedWriter().bytes(new byte[] {(byte) index});
        try {
            return fields.all(write(decided.join()));
        } catch (CompletionException e) {
            if (e.getCause() instanceof RefusedException refusal) {
                return fields.bytes(new byte[] {PROBLEM})
                        .text(refusal.problem().type().name());
            }
            throw e;
        }
    }

    /** What came of one upload, by its place in the question. */
    record Outcome(int index, Optional<Verdict> verdict, Optional<UploadRefusedException> refusal) {}

    static List<Outcome> readOutcomes(PackedReader fields) {
        List<Outcome> outcomes = new ArrayList<>();
        while (!fields.isAtEnd()) {
            int index = fields.bytes(1)[0];
            int kind = fields.bytes(1)[0];
            if (kind == PROBLEM) {
                Problem problem = Problem.of(ProblemType.valueOf(fields.text()));
                outcomes.add(new Outcome(index, Optional.empty(), Optional.of(new UploadRefusedException(problem))));
            } else {
                outcomes.add(new Outcome(index, Optional.of(readVerdict(kind, fields)), Optional.empty()));
            }
        }
        return outcomes;
    }
}
