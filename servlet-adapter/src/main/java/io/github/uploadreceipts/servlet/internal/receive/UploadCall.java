package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.internal.response.Responses;
import io.github.uploadreceipts.servlet.internal.response.UnwantedBody;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One request to upload, from a client or from the peer that passed it on. */
public final class UploadCall {

    private static final Logger LOG = System.getLogger(UploadFilter.class.getName());

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final UploadResponse answer;
    private final Optional<RelayRequest> relayed;
    private @Nullable AsyncContext context;
    private volatile Consumer<AsyncContext> completion = this::completeUnread;

    public UploadCall(
            HttpServletRequest request,
            HttpServletResponse response,
            UploadResponse answer,
            Optional<RelayRequest> relayed) {
        this.request = request;
        this.response = response;
        this.answer = answer;
        this.relayed = relayed;
    }

    public HttpServletRequest request() {
        return request;
    }

    public HttpServletResponse response() {
        return response;
    }

    public UploadResponse answer() {
        return answer;
    }

    /** Returns what the peer's token says, if a peer passed it on. */
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
        AsyncContext started = request.startAsync(request, response);
        started.setTimeout(0);
        context = started;
        if (Receiver.isExpectant(request)) { // on Tomcat inviting it waits for it
            runAndComplete(work);
            return;
        }
        try {
            executor.execute(() -> runAndComplete(work));
        } catch (RejectedExecutionException e) {
            refuse(new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE, "The host is stopping.")));
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
                answer.refuseUnread(refusal);
            } else {
                answer.refuseEmpty(refusal);
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

    /** Returns the context of an asynchronous request; empty where it is served on the container's thread. */
    public Optional<AsyncContext> context() {
        return Optional.ofNullable(context);
    }

    /** The answer is complete. */
    public void complete() {
        if (context != null) {
            completion.accept(context);
        }
    }

    /** Somebody listens to the body, and so completes the request. */
    public void completeBy(Consumer<AsyncContext> listening) {
        completion = listening;
    }

    private void completeUnread(AsyncContext started) {
        if (hasBody()) {
            UnwantedBody.completeUnread(started);
        } else {
            Responses.complete(started);
        }
    }
}
