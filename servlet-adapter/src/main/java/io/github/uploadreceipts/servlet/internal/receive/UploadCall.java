package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.RefusedBodies;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.response.Fate;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** One request to upload, from a client or from a peer that relays it. */
public final class UploadCall {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    /** How long detached work may take as a rule. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final UploadResponse uploadResponse;
    private final Optional<RelayRequest> relayed;
    private final RefusedBodies refusedBodies;
    private final DetachedWork work;
    private @Nullable Completion completion;

    public UploadCall(
            HttpServletRequest request,
            HttpServletResponse response,
            UploadResponse uploadResponse,
            Optional<RelayRequest> relayed,
            RefusedBodies refusedBodies,
            Watchdog watchdog) {
        this.request = request;
        this.response = response;
        this.uploadResponse = uploadResponse;
        this.relayed = relayed;
        this.refusedBodies = refusedBodies;
        this.work = new DetachedWork(watchdog, this::refuseNow);
    }

    public HttpServletRequest request() {
        return request;
    }

    public HttpServletResponse response() {
        return response;
    }

    public UploadResponse uploadResponse() {
        return uploadResponse;
    }

    /** Returns what the peer's token says, if a peer relays the request. */
    public Optional<RelayRequest> relayed() {
        return relayed;
    }

    /**
     * Returns the method that the client means. Some clients cannot send every method, and name it in
     * {@code X-HTTP-Method-Override}.
     */
    public String method() {
        if (relayed.isPresent()) {
            return relayed.get().method();
        }
        String meant = request.getHeader("X-HTTP-Method-Override");
        return meant == null ? request.getMethod() : meant.strip();
    }

    /** Returns the client's address, as seen by the host that the client reached. */
    public String clientAddress() {
        return relayed.flatMap(RelayRequest::client).orElseGet(request::getRemoteAddr);
    }

    /** Returns whether the client sends a body. */
    public boolean hasBody() {
        return ContainerManners.hasBody(request);
    }

    /** Work that may block. */
    public interface Work {
        void run() throws RefusedException, IOException;
    }

    /**
     * Runs work that may block. It runs on another thread if the request can be asynchronous and its client does not
     * wait for 100 (Continue). Before it responds, or lets others do so, the work must ask {@link #isToRespond} or
     * {@link #requireToRespond}. It must then make sure that {@link #complete} is called, unless it throws.
     */
    public void detach(Executor executor, Work task) throws IOException {
        detach(executor, PATIENCE, task);
    }

    /**
     * Runs work as {@link #detach(Executor, Work)} does.
     *
     * @param patience how long the work may take, if it runs on another thread; then the request is refused
     */
    public void detach(Executor executor, Duration patience, Work task) throws IOException {
        if (!request.isAsyncSupported()) {
            run(task);
            return;
        }
        startAsync();
        if (ContainerManners.invitingBlocks(request)) { // which must not hold the executor
            runAndComplete(task);
            return;
        }
        try {
            work.begin(patience);
            executor.execute(() -> runAndComplete(task));
        } catch (UploadRefusedException e) {
            refuseLate(e);
        } catch (RejectedExecutionException e) {
            refuseLate(new UploadRefusedException(Reception.hostIsStopping()));
        } catch (RuntimeException | Error e) { // such as one that no thread could be started
            refuseLate(UploadResponse.refusalOf(e));
        }
    }

    /**
     * Returns whether detached work is to respond. If it took too long, the client has been told so, and the work must
     * undo what only the response would have told of.
     */
    public boolean isToRespond() {
        return work.isToRespond();
    }

    /**
     * Checks that detached work is to respond.
     *
     * @throws UploadRefusedException if it took too long, as the client has been told
     */
    public void requireToRespond() throws UploadRefusedException {
        if (!isToRespond()) {
            throw DetachedWork.tooLate();
        }
    }

    /** Work that may block, on what a future has given. */
    public interface Continuation<T> {
        void run(T value) throws RefusedException, IOException;
    }

    /**
     * Continues detached work when {@code future} is complete. No thread waits for that, except the container's own if
     * it has to do the work. If the future fails, the request is refused.
     */
    public <T> void resume(CompletableFuture<T> future, Executor executor, Continuation<T> task)
            throws RefusedException, IOException {
        if (completion == null || ContainerManners.invitingBlocks(request)) {
            task.run(value(future));
            return;
        }
        var unused = future.whenCompleteAsync(
                (given, failure) -> runAndComplete(() -> task.run(value(future))), last -> surely(executor, last));
    }

    private static <T> T value(CompletableFuture<T> future) throws RefusedException {
        try {
            return future.join();
        } catch (CompletionException e) {
            throw UploadResponse.refusalOf(e);
        }
    }

    /** Makes the request asynchronous. The caller must make sure that {@link #complete} is called. */
    public Completion startAsync() {
        Completion started = Completion.start(request, response, hasBody(), refusedBodies);
        completion = started;
        return started;
    }

    /** Runs a task on the executor, or on this thread if the executor does not take it, as when the host is stopping. */
    public static void surely(Executor executor, Runnable task) {
        try {
            executor.execute(task);
        } catch (RuntimeException | Error e) {
            task.run();
        }
    }

    /**
     * Runs the last step of a request, which responds. If it throws, the request is refused, because a future would only
     * keep what it threw.
     */
    public Void last(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            refuseLate(UploadResponse.refusalOf(e));
        } finally {
            work.end();
        }
        return null;
    }

    private void runAndComplete(Work task) {
        try {
            if (!work.isRefused()) {
                task.run();
            }
        } catch (RefusedException e) {
            refuseLate(e);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "no response could be written to a request: " + e);
            if (isToRespond()) {
                complete();
            }
        } catch (RuntimeException | Error e) { // nobody else would end the request
            refuseLate(UploadResponse.refusalOf(e));
        } finally {
            work.end();
        }
    }

    private void run(Work task) throws IOException {
        try {
            task.run();
        } catch (RefusedException e) {
            if (isToRespond()) {
                refuse(e);
            }
        }
    }

    /** Refuses a request whose body has not been read. */
    public void refuse(RefusedException refusal) throws IOException {
        try {
            if (hasBody()) {
                uploadResponse.refuseUnread(refusal, refusedBodies);
            } else {
                uploadResponse.refuseEmpty(refusal);
            }
        } catch (RuntimeException | Error e) {
            if (completion != null) {
                completion.failed();
            }
            throw e;
        } finally {
            complete();
        }
    }

    /**
     * Refuses as {@link #refuse} does, unless the watchdog has, and only logs a failure, because no caller is left to
     * handle it.
     */
    public void refuseLate(RefusedException refusal) {
        if (isToRespond()) {
            refuseNow(refusal);
        }
    }

    private void refuseNow(RefusedException refusal) {
        try {
            refuse(refusal);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the client left before it got its refusal: {0}", e.getMessage());
        } catch (IllegalStateException e) {
            LOG.log(Level.DEBUG, "the container has already ended the request: {0}", e.getMessage());
        }
    }

    /** Returns what completes the request if it is asynchronous; empty if it is served on the container's thread. */
    public Optional<Completion> completion() {
        return Optional.ofNullable(completion);
    }

    /** Says that the response is complete. */
    public void complete() {
        if (completion != null) {
            completion.responded();
        }
    }

    /** Writes the body of a prepared response, without blocking if the request is asynchronous, and completes it. */
    public void send(byte[] body, Fate fate) {
        if (completion != null) {
            uploadResponse.writeBodyAsync(body, fate, this::complete);
        } else {
            uploadResponse.writeBody(body, fate);
        }
    }
}
