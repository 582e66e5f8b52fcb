package io.github.uploadreceipts.servlet.internal.response;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.RefusedBodies;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;

/** The responses that the filters write themselves. */
public final class Responses {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    private Responses() {}

    /** Sets the status and the header fields of a response, and returns its body. */
    public static byte[] prepare(HttpServletResponse response, int status, String contentType, String text) {
        return prepare(response, status, contentType, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sets the status and the header fields of a response, and returns its body. */
    public static byte[] prepare(HttpServletResponse response, int status, String contentType, byte[] bytes) {
        response.setStatus(status);
        response.setContentType(contentType);
        response.setContentLength(bytes.length);
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        return bytes;
    }

    /**
     * Writes a body on which something depends, its head first, and its last piece alone. An exception means that the
     * client has certainly not got the whole response. A failure with or after the last piece means nothing: the client
     * may have read it and left, or the container may be stopping.
     */
    static void give(HttpServletResponse response, byte[] body) throws IOException {
        OutputStream out = response.getOutputStream();
        int last = Math.min(body.length, ResponseWriter.CHUNK_SIZE);
        out.write(body, 0, body.length - last);
        response.flushBuffer();
        try {
            out.write(body, body.length - last, last);
            response.flushBuffer();
        } catch (IOException | IllegalStateException e) {
            LOG.log(Level.DEBUG, "the connection ended with the response: " + e);
        }
    }

    /** Writes a problem as the response. */
    public static void write(HttpServletRequest request, HttpServletResponse response, Problem problem)
            throws IOException {
        explain(response, problem);
        write(request, response, ProblemDetails.of(problem));
    }

    /** Writes a problem, if the client can still get one, and ends the connection. */
    public static void end(HttpServletRequest request, HttpServletResponse response, Problem problem) {
        try {
            if (!response.isCommitted()) {
                ContainerManners.endConnection(request, response);
                write(request, response, problem);
            }
        } catch (IOException | IllegalStateException e) {
            LOG.log(Level.DEBUG, "the client left before it got its refusal: " + e);
        }
    }

    static void write(HttpServletRequest request, HttpServletResponse response, ProblemDetails details)
            throws IOException {
        byte[] body = prepare(response, details.status(), Problem.MEDIA_TYPE, details.json());
        ContainerManners.write(request, response, body);
    }

    /**
     * Writes a problem in place of what an application may have written, and in the same way: by a stream or a writer.
     * What others have set before, such as the fields of CORS, stays.
     */
    public static void replace(HttpServletResponse response, Problem problem) throws IOException {
        response.resetBuffer();
        try {
            explain(response, problem);
            ProblemDetails details = ProblemDetails.of(problem);
            byte[] body = prepare(response, details.status(), Problem.MEDIA_TYPE, details.json());
            response.getOutputStream().write(body);
            response.flushBuffer();
        } catch (IllegalStateException e) {
            response.getWriter().write(problem.toJson()); // which is ASCII, whatever the writer's charset
        }
    }

    /** Sets the header fields of a refusal (RFC 9110, sections 10.2.3 and 11.6.1). */
    public static void explain(HttpServletResponse response, Problem problem) {
        switch (problem.type()) {
            case PEER_TOKEN_REFUSED, TICKET_REQUIRED -> response.setHeader("WWW-Authenticate", "Bearer");
            case TICKET_INVALID, TICKET_EXPIRED ->
                response.setHeader("WWW-Authenticate", "Bearer error=\"invalid_token\"");
            case TOO_MANY_UPLOADS, UPLOAD_UNFINISHED, UNAVAILABLE -> response.setHeader("Retry-After", "5");
            case NO_SPACE -> response.setHeader("Retry-After", "60");
            default -> {
                /* needs no header field */
            }
        }
        problem.retryAfter().ifPresent(seconds -> response.setHeader("Retry-After", String.valueOf(seconds)));
    }

    /**
     * Refuses a request whose body has not been read. The connection is closed after the response. The request ends
     * asynchronously where that is possible, so that no thread waits while the rest of the body is read.
     */
    public static void refuseUnread(
            HttpServletRequest request, HttpServletResponse response, RefusedBodies refusedBodies, Problem problem)
            throws IOException {
        endUnread(request, response, refusedBodies, () -> write(request, response, problem));
    }

    /** Writes the response to a request whose body has not been read, as {@link #refuseUnread} does. */
    public static void endUnread(
            HttpServletRequest request, HttpServletResponse response, RefusedBodies refusedBodies, Writing writing)
            throws IOException {
        ContainerManners.endConnection(request, response);
        if (!request.isAsyncSupported() || request.isAsyncStarted()) {
            writing.write();
            return;
        }
        Completion completion = Completion.start(request, response, ContainerManners.hasBody(request), refusedBodies);
        try {
            writing.write();
        } finally {
            completion.responded();
        }
    }

    /** The writing of a response. */
    public interface Writing {
        /** Writes it. */
        void write() throws IOException;
    }
}
