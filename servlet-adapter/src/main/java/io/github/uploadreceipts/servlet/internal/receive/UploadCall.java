package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.response.Fate;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** One request to upload, from a client or from the peer that relayed it. */
public final class UploadCall {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final UploadResponse uploadResponse;
    private final Optional<RelayRequest> relayed;
    private @Nullable Completion completion;

    public UploadCall(
            HttpServletRequest request,
            HttpServletResponse response,
            UploadResponse uploadResponse,
            Optional<RelayRequest> relayed) {
        this.request = request;
        this.response = response;
        this.uploadResponse = uploadResponse;
        this.relayed = relayed;
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

    /** Returns what the peer's token says, if a peer relayed it. */
    public Optional<RelayRequest> relayed() {
        return relayed;
    }

    /** Returns the method that the client means, for some clients cannot send every method. */
    public String method() {
        if (relayed.isPresent()) {
            return relayed.get().method();
        }
        String meant = request.getHeader("X-HTTP-Method-Override");
        return meant != null && request.getMethod().equals("POST") ? meant.strip() : request.getMethod();
    }

    /** Returns the client's address, as the host saw it that the client reached. */
    public String clientAddress() {
        return relayed.flatMap(RelayRequest::client).orElseGet(request::getRemoteAddr);
    }

    /** Returns whether the client sends a body. */
    public boolean hasBody() {
        long length = request.getContentLengthLong();
        return length > 0 || (length < 0 && request.getHeader("Transfer-Encoding") != null) || isOpenStream();
    }

    /** In HTTP/2 a body needs no announcement. */
    private boolean isOpenStream() {
        return request.getContentLengthLong() < 0
                && request.getProtocol().startsWith("HTTP/2")
                && request.getContentType() != null;
    }

    /** What is done off the container's thread. */
    public interface Work {
        void run() throws RefusedException, IOException;
    }

    /**
     * Does what may block, on another thread where the request can be asynchronous, and its client waits for no 100.
     * {@code work} then sees to it that {@link #complete} is called, unless it throws.
     */
    public void detach(Executor executor, Work work) throws IOException {
        if (!request.isAsyncSupported()) {
            run(work);
            return;
        }
        startAsync();
        if (ContainerManners.isExpectant(request)) { // on Tomcat inviting it waits for it
            runAndComplete(work);
            return;
        }
        try {
            executor.execute(() -> runAndComplete(work));
        } catch (RejectedExecutionException e) {
            refuse(new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE, "The host is stopping.")));
        }
    }

    /** Makes the request asynchronous. Somebody then sees to it that {@link #complete} is called. */
    public Completion startAsync() {
        Completion started = Completion.start(request, response, hasBody());
        completion = started;
        return started;
    }

    /** Runs a task on this thread if the host is stopping. */
    public static void surely(Executor executor, Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    private void runAndComplete(Work work) {
        try {
            run(work);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "a request is not answered: " + e);
            complete();
        } catch (RuntimeException e) {
            refuseLate(UploadResponse.refusalOf(e));
        }
    }

    private void run(Work work) throws IOException {
        try {
            work.run();
        } catch (RefusedException e) {
            refuse(e);
        }
    }

    /** Refuses a request of which nothing has been read. */
    public void refuse(RefusedException refusal) throws IOException {
        try {
            if (hasBody()) {
                uploadResponse.refuseUnread(refusal);
            } else {
                uploadResponse.refuseEmpty(refusal);
            }
        } finally {
            complete();
        }
    }

    /** Refuses as {@link #refuse} does, where nobody is left to be told that this failed. */
    public void refuseLate(RefusedException refusal) {
        try {
            refuse(refusal);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the client left before its refusal came: {0}", e.getMessage());
        }
    }

    /** Returns who completes an asynchronous request; empty where it is served on the container's thread. */
    public Optional<Completion> completion() {
        return Optional.ofNullable(completion);
    }

    /** The response is complete. */
    public void complete() {
        if (completion != null) {
            completion.responded();
        }
    }

    /** Writes the body of a prepared response, as the request allows, and completes it. */
    public void send(byte[] body, Fate fate) {
        if (completion != null) {
            uploadResponse.writeBodyAsync(body, fate, this::complete);
        } else {
            uploadResponse.writeBody(body, fate);
        }
    }
}
