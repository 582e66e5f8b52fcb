package io.github.uploadreceipts.servlet.internal.response;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.RefusedBodies;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;

/** The response to a question of a peer. */
public final class QuestionResponse {

    private static final Logger LOG = System.getLogger(Loggers.DELIVERY);

    private QuestionResponse() {}

    /** Returns whether no thread waits for the response, so that it may come much later. */
    public static boolean mayTakeLong(HttpServletRequest request) {
        return request.isAsyncSupported() && !request.isAsyncStarted();
    }

    /** Writes {@code result} once it is there. No thread waits for it where the container can do without. */
    public static void write(
            HttpServletRequest request,
            HttpServletResponse response,
            RefusedBodies refusedBodies,
            CompletableFuture<String> result)
            throws IOException {
        if (!mayTakeLong(request)) {
            write(request, response, result.join());
            return;
        }
        Completion completion = Completion.start(request, response, ContainerManners.hasBody(request), refusedBodies);
        var unused = result.whenComplete((body, failure) -> {
            try {
                if (failure == null) {
                    write(request, response, body);
                } else {
                    LOG.log(Level.ERROR, "a peer got no response to its question", failure);
                    completion.failed();
                }
            } catch (IOException | IllegalStateException e) {
                LOG.log(Level.DEBUG, "a peer left before it got its response: " + e);
            } finally {
                completion.responded();
            }
        });
    }

    private static void write(HttpServletRequest request, HttpServletResponse response, String body)
            throws IOException {
        ContainerManners.write(request, response, Responses.prepare(response, 200, "application/octet-stream", body));
    }
}
