package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.problem.Problem;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;

/** Answers that the filters write themselves. */
final class Answers {

    private static final Logger LOG = System.getLogger(UploadFilter.class.getName());

    private Answers() {}

    /**
     * Writes a whole answer. The last byte goes alone, so that the exception says for certain that the client does not have
     * all of the answer. Once that byte is written the client may have read it and left, or the container may stop, and
     * what fails then says nothing.
     */
    static void write(HttpServletResponse response, int status, String contentType, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        response.setContentType(contentType);
        response.setContentLength(bytes.length);
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        OutputStream out = response.getOutputStream();
        out.write(bytes, 0, bytes.length - 1);
        response.flushBuffer();
        try {
            out.write(bytes, bytes.length - 1, 1);
            response.flushBuffer();
        } catch (IOException | IllegalStateException e) {
            LOG.log(Level.DEBUG, "the connection ended with the answer: " + e);
        }
    }

    static void write(HttpServletResponse response, Problem problem) throws IOException {
        write(response, problem.status(), Problem.MEDIA_TYPE, problem.toJson());
    }

    /**
     * Refuses a request whose body has not been read. The connection is closed, so that nobody has to read it; and the
     * answer ends asynchronously where it can, because some containers read the rest on the request's thread otherwise.
     */
    static void refuseUnread(HttpServletRequest request, HttpServletResponse response, Problem problem)
            throws IOException {
        endUnread(request, response, () -> write(response, problem));
    }

    /** Writes the answer to a request whose body has not been read, as {@link #refuseUnread} does. */
    static void endUnread(HttpServletRequest request, HttpServletResponse response, Writing answer) throws IOException {
        response.setHeader("Connection", "close");
        if (!request.isAsyncSupported() || request.isAsyncStarted()) {
            answer.write();
            return;
        }
        AsyncContext context = request.startAsync(request, response);
        try {
            answer.write();
        } finally {
            context.complete();
        }
    }

    /** Writes an answer. */
    interface Writing {
        void write() throws IOException;
    }
}
