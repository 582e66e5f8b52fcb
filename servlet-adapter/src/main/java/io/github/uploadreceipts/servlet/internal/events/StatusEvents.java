package io.github.uploadreceipts.servlet.internal.events;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.handover.HandOvers;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.StoredLocations;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.DownloadWriter;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.servlet.internal.response.Fate;
import io.github.uploadreceipts.servlet.internal.resume.UploadUrls;
import io.github.uploadreceipts.store.Location;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * Streams what becomes of an upload: {@code GET <upload URL>/events}. The URL authorizes, since {@code EventSource} sends
 * no {@code Authorization}. Any host serves it; one that does not keep the upload asks the owner.
 *
 * <p>{@code EventSource} connects again when a stream ends, but never after a status other than 200. So what is temporary
 * is awaited in the stream, and what is final is the status.
 */
public final class StatusEvents {

    private static final String LAST_SEGMENT = "/events";

    /** The longest event is about 3 KiB, and most are comments. A stream holds this much as long as it is open. */
    private static final int BUFFER_SIZE = 512;

    /** How many streams are written at once. Writing never blocks. */
    private static final int WRITERS = 4;

    /** How long a client may read nothing of what its connection has no room for. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Engine engine;
    private final HandOvers handOvers;
    private final StoredLocations locations;
    private final Watchdog watchdog;
    private final Executor writers;
    private final StreamPlaces places = new StreamPlaces();
    private final Set<StatusStream> open = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;

    /** What is known when a stream begins; nothing if the owner cannot be asked. */
    private record Known(Optional<Location> location, Optional<Verdict> verdict) {}

    /** Streams what {@code handOvers} knows. */
    public StatusEvents(Engine engine, HandOvers handOvers, StoredLocations locations, Watchdog watchdog) {
        this.engine = engine;
        this.handOvers = handOvers;
        this.locations = locations;
        this.watchdog = watchdog;
        this.writers = engine.newWaitingExecutor(WRITERS);
        engine.stopping().add(this::stop);
    }

    /** Ends the streams, or a container that stops would wait for them. Their browsers then ask another host. */
    public void stop() {
        stopped = true;
        open.forEach(StatusStream::end);
    }

    /** Returns the URL's part that names an upload, if a request is for the events of one. */
    public static Optional<String> upload(HttpServletRequest request) {
        String path = request.getRequestURI();
        if (!path.endsWith(LAST_SEGMENT)) {
            return Optional.empty();
        }
        String token = UploadUrls.token(path.substring(0, path.length() - LAST_SEGMENT.length()));
        return Optional.of(token).filter(ResourceTokens::isMeant);
    }

    /** Serves a request for the events of an upload. */
    public void serve(UploadCall call, UploadResource resource) throws IOException, RefusedException {
        call.uploadResponse().about(resource.id());
        if (!call.method().equals("GET")) {
            call.response().setHeader("Allow", "GET, OPTIONS");
            throw new UploadRefusedException(Problem.of(ProblemType.METHOD_NOT_ALLOWED));
        }
        call.detach(
                engine.executor(),
                () -> call.resume(known(resource), engine.executor(), known -> respond(call, resource, known)));
    }

    private CompletableFuture<Known> known(UploadResource resource) {
        return locations
                .find(resource)
                .thenCompose(location -> handOvers
                        .verdict(location)
                        .thenApply(verdict -> new Known(Optional.of(location), Optional.of(verdict))))
                .exceptionally(failure -> {
                    if (isTemporary(failure)) {
                        return new Known(Optional.empty(), Optional.empty());
                    }
                    throw failure instanceof CompletionException wrapped ? wrapped : new CompletionException(failure);
                });
    }

    private static boolean isTemporary(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof RefusedException refusal
                && (refusal.problem().type() == ProblemType.UNAVAILABLE
                        || refusal.problem().type() == ProblemType.STORAGE_FAILED);
    }

    private void respond(UploadCall call, UploadResource resource, Known known) throws IOException, RefusedException {
        call.requireToRespond();
        HttpServletResponse response = call.response();
        response.setStatus(HttpServletResponse.SC_OK);
        response.setContentType("text/event-stream");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Accel-Buffering", "no"); // or nginx would keep the events until there are more
        Optional<Runnable> leave = call.completion().flatMap(any -> places.enter(resource.id(), call.clientAddress()));
        if (leave.isEmpty()) { // a thread must not wait, or there are too many streams, so the browser has to ask again
            call.send(StatusStream.beginning(known.verdict()), Fate.INDIFFERENT);
            return;
        }
        try {
            stream(call, resource, known, leave.get());
        } catch (IOException | RuntimeException | Error e) {
            leave.get().run();
            throw e;
        }
    }

    private void stream(UploadCall call, UploadResource resource, Known known, Runnable leave) throws IOException {
        Completion completion = call.completion().orElseThrow();
        StatusStream stream = new StatusStream(
                known.verdict(),
                atMost -> await(resource, known.location(), atMost),
                StatusEvents::isTemporary,
                () -> !engine.now().isBefore(resource.expiresAt()),
                engine.timer());
        DownloadWriter writer = DownloadWriter.create(
                call.request(), call.response(), stream, BUFFER_SIZE, PATIENCE, (sent, failure, lost) -> {
                    open.remove(stream);
                    leave.run();
                    if (failure == null) {
                        completion.responded();
                    } else {
                        completion.failed();
                    }
                });
        open.add(stream);
        writer.begin(watchdog, writers);
        stream.begin();
        if (stopped) {
            stream.end();
        }
    }

    private CompletableFuture<Verdict> await(UploadResource resource, Optional<Location> known, Duration atMost) {
        return known.isPresent()
                ? handOvers.await(known.get(), atMost)
                : locations.find(resource).thenCompose(location -> handOvers.await(location, atMost));
    }
}
