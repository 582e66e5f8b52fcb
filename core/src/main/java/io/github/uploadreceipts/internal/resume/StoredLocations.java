package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/**
 * Says where complete uploads are stored, whichever host keeps them. Other than asking for the status, this never stops a
 * request that appends.
 */
public final class StoredLocations {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final String ACTION = "LOCATE_UPLOAD";
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Engine engine;
    private final Optional<ResumableUploads> uploads;
    private final ResourceTokens tokens;

    /**
     * Creates what finds uploads, and responds to what peers ask it.
     *
     * @param uploads those that this host keeps
     */
    public StoredLocations(Engine engine, Optional<ResumableUploads> uploads, ResourceTokens tokens) {
        this.engine = engine;
        this.uploads = uploads;
        this.tokens = tokens;
        engine.peers().questions().register(ACTION, (question, mayTakeLong) -> respond(question));
    }

    /**
     * Finds an upload. Does not wait.
     *
     * @return the location. The future fails with a {@link RefusedException} if the upload is gone or not complete, is a
     *     partial one, or its owner cannot be asked
     */
    public CompletableFuture<Location> find(UploadResource resource) {
        return engine.isOwn(resource.owner()) ? own(resource) : ofPeer(resource);
    }

    private CompletableFuture<Location> own(UploadResource resource) {
        CompletableFuture<Location> result = new CompletableFuture<>();
        try {
            engine.executor().execute(() -> {
                try {
                    result.complete(read(resource));
                } catch (RefusedException | RuntimeException | Error e) {
                    result.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(unavailable());
        }
        return result;
    }

    private Location read(UploadResource resource) throws UploadRefusedException {
        PartialAccess access =
                uploads.orElseThrow(() -> new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE))).access;
        ResumableState state = access.state(resource);
        if (state.done().isEmpty() || state.role() == Role.PARTIAL) {
            throw new UploadRefusedException(Problem.of(ProblemType.NOT_FINISHED));
        }
        return access.location(state);
    }

    private CompletableFuture<Location> ofPeer(UploadResource resource) {
        PackedWriter question = new PackedWriter().longText(tokens.mint(resource));
        CompletableFuture<Location> result = new CompletableFuture<>();
        var unused = engine.peers()
                .questions()
                .ask(resource.owner(), ACTION, question, PATIENCE, StoredLocations::readHour)
                .whenComplete((hour, failure) -> {
                    if (failure == null) {
                        result.complete(new Location(resource.owner(), hour, resource.id()));
                    } else {
                        result.completeExceptionally(refusal(resource, failure));
                    }
                });
        return result;
    }

    private static ExpiryHour readHour(PackedReader response) {
        Instant start = response.time();
        response.requireEnd();
        return ExpiryHour.of(start);
    }

    private static RefusedException refusal(UploadResource resource, Throwable failure) {
        if (failure instanceof RefusedException refusal) {
            return refusal;
        }
        LOG.log(Level.INFO, "{0} does not say where an upload is: {1}", resource.owner(), failure.getMessage());
        return unavailable();
    }

    private static UploadRefusedException unavailable() {
        return new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE));
    }

    private CompletableFuture<PackedWriter> respond(PackedReader question) {
        UploadResource resource;
        try {
            resource = tokens.verify(question.longText());
        } catch (RefusedException e) {
            return CompletableFuture.failedFuture(e);
        }
        question.requireEnd();
        if (!engine.isOwn(resource.owner())) {
            throw new IllegalArgumentException("the upload is not this host's");
        }
        return own(resource)
                .thenApply(location -> new PackedWriter().time(location.hour().start()));
    }
}
