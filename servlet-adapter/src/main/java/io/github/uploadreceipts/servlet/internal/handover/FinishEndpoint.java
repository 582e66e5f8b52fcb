package io.github.uploadreceipts.servlet.internal.handover;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.handover.FinishUrls;
import io.github.uploadreceipts.internal.handover.HandOverMessage;
import io.github.uploadreceipts.internal.handover.WebhookFinish;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.RefusedBodies;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.SmallBody;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;

/**
 * Takes the messages by which receivers of webhooks finish hand-overs. They are authorized by their signatures alone.
 * Pages of other origins cannot read the responses: there is nothing in them for a browser.
 */
public final class FinishEndpoint {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);
    private static final Pattern PATH = Pattern.compile(".*/" + FinishUrls.SEGMENT + "/[^/]+/?");

    private final Engine engine;
    private final WebhookFinish finish;
    private final InFlight inFlight;
    private final Watchdog watchdog;
    private final RefusedBodies refusedBodies;

    public FinishEndpoint(
            Engine engine, WebhookFinish finish, InFlight inFlight, Watchdog watchdog, RefusedBodies refusedBodies) {
        this.engine = engine;
        this.finish = finish;
        this.inFlight = inFlight;
        this.watchdog = watchdog;
        this.refusedBodies = refusedBodies;
    }

    /**
     * Returns whether a request is such a message. An upload filter may itself be mapped below a path that looks like
     * that of a message, so its token or its signature must look like one, too.
     *
     * @param token the last segment of the path
     */
    public static boolean isMeant(HttpServletRequest request, String token) {
        return request.getMethod().equals("POST")
                && PATH.matcher(request.getRequestURI()).matches()
                && (ResourceTokens.isMeant(token) || request.getHeader("webhook-signature") != null);
    }

    /** Serves a message, on this thread or asynchronously. */
    public void serve(HttpServletRequest request, HttpServletResponse response, String token) throws IOException {
        UploadResponse refusing = new UploadResponse(engine, watchdog, request, response, Optional.empty());
        WebhookFinish.Finishing finishing;
        byte[] body;
        try {
            finishing = finish.verify(token); // first, or strangers would hold the threads that wait for bodies
            body = SmallBody.read(request, engine, inFlight, watchdog, HandOverMessage.MAX_BODY, false);
        } catch (RefusedException e) {
            refusing.refuseUnread(e, refusedBodies);
            return;
        }
        try {
            respond(request, response, refusing, finishing.finish(message(request, body)));
        } catch (RefusedException e) {
            refusing.refuseEmpty(e);
        }
    }

    private static HandOverMessage message(HttpServletRequest request, byte[] body) {
        return new HandOverMessage(
                field(request, "webhook-id"),
                field(request, "webhook-timestamp"),
                field(request, "webhook-signature"),
                body);
    }

    private static String field(HttpServletRequest request, String name) {
        String value = request.getHeader(name);
        return value == null ? "" : value.strip();
    }

    private void respond(
            HttpServletRequest request,
            HttpServletResponse response,
            UploadResponse refusing,
            CompletableFuture<Boolean> finished)
            throws IOException {
        if (finished.isDone() || !request.isAsyncSupported()) {
            respondNow(response, refusing, finished);
            return;
        }
        Completion completion = Completion.start(request, response, false, refusedBodies);
        var unused = finished.whenComplete((news, failure) -> {
            try {
                respondNow(response, refusing, finished);
            } catch (IOException | IllegalStateException e) {
                LOG.log(Level.DEBUG, "a receiver left before it got its response: " + e);
            } finally {
                completion.responded();
            }
        });
    }

    /** Responds with 204, to a verdict that is news and to one that was known. */
    private static void respondNow(
            HttpServletResponse response, UploadResponse refusing, CompletableFuture<Boolean> finished)
            throws IOException {
        try {
            var unused = finished.join();
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
            response.setHeader("Cache-Control", "no-store");
        } catch (CompletionException e) {
            refusing.refuseEmpty(UploadResponse.refusalOf(e));
        }
    }
}
