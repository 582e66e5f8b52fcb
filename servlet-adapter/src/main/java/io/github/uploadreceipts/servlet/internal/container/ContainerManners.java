package io.github.uploadreceipts.servlet.internal.container;

import io.github.uploadreceipts.internal.Loggers;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ReadListener;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeoutException;

/** What containers do differently: one method for each rule, with its reason. No other class asks for the container. */
public final class ContainerManners {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    /** The attribute of a request whose client waited for 100 (Continue), and has got it. */
    private static final String INVITED = ContainerManners.class.getName() + ".invited";

    /** The attribute of a request whose response is withheld: the body. */
    private static final String WITHHELD = ContainerManners.class.getName() + ".withheld";

    private static final int BUFFER_SIZE = 64 * 1024;

    /**
     * How much {@link #invite} reads at most. What Tomcat would overwrite fits into its buffer, which is smaller. Other
     * containers need nothing read, but would go on reading as long as they are asked.
     */
    private static final int MOST_EARLY = 1 << 20;

    /**
     * Buffers belong to threads, not to uploads: ten thousand slow uploads need no more buffers than a few fast ones.
     */
    private static final ThreadLocal<byte[]> BUFFER = ThreadLocal.withInitial(() -> new byte[BUFFER_SIZE]);

    private ContainerManners() {}

    /** Returns the buffer of this thread. It serves one read at a time. */
    public static byte[] buffer() {
        return BUFFER.get();
    }

    /**
     * Returns whether the client sends a body. In HTTP/2 a body needs neither a length nor a transfer coding, so there
     * may be one if there is a type.
     */
    public static boolean hasBody(HttpServletRequest request) {
        long length = request.getContentLengthLong();
        return length > 0
                || (length < 0
                        && (request.getHeader("Transfer-Encoding") != null
                                || (request.getProtocol().startsWith("HTTP/2") && request.getContentType() != null)));
    }

    /** Returns whether the client waits for 100 (Continue) before it sends its body. */
    public static boolean isExpectant(HttpServletRequest request) {
        String expect = request.getHeader("Expect");
        return expect != null && expect.toLowerCase(Locale.ROOT).contains("100-continue");
    }

    /**
     * Sends 100 (Continue) to a client that waits for it, and reads what has come. Some containers send 100 only at the
     * first read, and a listener alone never causes one. Tomcat then has bytes in its buffer, which it overwrites when
     * it gets a listener, so they are read here.
     *
     * @return the bytes that have come; none if the client did not wait
     */
    public static byte[] invite(HttpServletRequest request, ServletInputStream input) throws IOException {
        ByteArrayOutputStream early = new ByteArrayOutputStream(0);
        if (isExpectant(request)) {
            request.setAttribute(INVITED, true);
            int none = input.read(new byte[0]);
            assert none <= 0;
            byte[] buffer = buffer();
            for (int read = 0; read >= 0 && early.size() < MOST_EARLY && input.available() > 0; ) {
                read = read(input, buffer);
                early.write(buffer, 0, Math.max(0, read));
            }
        }
        return early.toByteArray();
    }

    /** Returns whether {@link #invite} may block until the client sends. On Tomcat it does. */
    public static boolean invitingBlocks(HttpServletRequest request) {
        return isExpectant(request);
    }

    /**
     * Reads from {@code input}, and fails with an {@link IOException} only. When an HTTP/2 stream is reset during a
     * read, Undertow throws other exceptions.
     */
    public static int read(InputStream input, byte[] buffer) throws IOException {
        try {
            return input.read(buffer);
        } catch (RuntimeException e) {
            throw new IOException("the container cannot read on", e);
        }
    }

    /**
     * Returns whether a read that waits fails when its thread is interrupted, and the request then goes on as usual.
     * Tomcat waits on, until bytes come or its {@code connectionTimeout} ends. Undertow neither reads nor closes the
     * connection after that, so it would stay open for good; its {@code READ_TIMEOUT} ends the wait.
     */
    public static boolean canInterruptReads(HttpServletRequest request) {
        return !isTomcat(request.getServletContext()) && !waitsForBody(request);
    }

    /**
     * Registers a listener to a body. Tomcat and Undertow may never call a listener to a body that has already ended.
     *
     * @return false if the body has already ended; the listener is then not registered
     * @throws IllegalStateException if the stream accepts no listener, as the wrappers of some filters do not
     */
    public static boolean listen(ServletInputStream input, ReadListener listener) {
        if (input.isFinished()) {
            return false;
        }
        input.setReadListener(listener);
        return true;
    }

    /**
     * Returns whether a body must be read on other threads than those that call the listener to it. When the last chunk
     * of a body is read on such a thread, Tomcat serves what follows on the connection before the read returns. It begins
     * after what is in its buffer, so it may take the midst of a message for a request. On another thread it begins at
     * the right place.
     */
    static boolean misreadsWhatFollows(HttpServletRequest request) {
        return isTomcat(request.getServletContext())
                && request.getProtocol().startsWith("HTTP/1.")
                && request.getHeader("Transfer-Encoding") != null;
    }

    /**
     * Returns whether the container may end the request at any time, because the connection has failed, or the body is
     * malformed. Tomcat does not wait for other threads then, and gives what they read, write or complete to another.
     */
    static boolean hasFailed(HttpServletRequest request) {
        return ForeignAccess.hasFailed(request)
                || (misreadsWhatFollows(request) && request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) != null);
    }

    /**
     * Registers a listener to the output. When {@code onWritePossible} throws, Undertow does not call {@code onError},
     * nor does Tomcat after an error, so it is called here. Tomcat waits for its lock on the connection if the thread is
     * not its own, and its holder may be calling a listener to the body. The caller must therefore hold no lock for which
     * such a listener waits.
     *
     * @throws IllegalStateException if the stream accepts no listener
     */
    public static void listen(ServletOutputStream output, WriteListener listener) {
        output.setWriteListener(new WriteListener() {
            @Override
            public void onWritePossible() {
                try {
                    listener.onWritePossible();
                } catch (IOException | RuntimeException | Error e) {
                    listener.onError(e);
                }
            }

            @Override
            public void onError(Throwable failure) {
                listener.onError(failure);
            }
        });
    }

    /**
     * Returns whether all of a body has been read. Undertow sometimes does not call {@code onAllDataRead} then. Every
     * listener therefore asks this after it has read what there was, and must expect that call as well, before or
     * afterwards.
     */
    public static boolean isAllRead(ServletInputStream input) {
        return input.isFinished();
    }

    /**
     * Returns whether bytes can be read without waiting. If not, the container will call the listener, unless all has
     * been read. Tomcat is not asked after the end: on a thread that is not its own it would then wait for its lock on
     * the connection, whose holder may be calling a listener that waits for the thread that asks.
     */
    public static boolean isReady(ServletInputStream input) {
        return !input.isFinished() && input.isReady() && !input.isFinished();
    }

    /**
     * Returns how many available bytes mean nothing: a read may wait all the same. Of a chunk of which only the size has
     * come, Tomcat says that one byte is available.
     */
    public static int unsureBytes(HttpServletRequest request) {
        return misreadsWhatFollows(request) ? 1 : 0;
    }

    /**
     * Throws away what has come of a body that nobody listens to. Tomcat overwrites what is in its buffer when it gets a
     * listener, and then waits for bytes that never come.
     */
    static void discardBuffered(HttpServletRequest request, ServletInputStream input) throws IOException {
        byte[] buffer = buffer();
        for (int total = 0; total < MOST_EARLY && input.available() > unsureBytes(request); ) {
            total += Math.max(0, ForeignAccess.run(request, () -> read(input, buffer)));
        }
    }

    /** Returns whether a body whose client resets the stream ends as if all of it had come: in Tomcat, with HTTP/2. */
    public static boolean resetsLookLikeEnds(HttpServletRequest request) {
        return isTomcat(request.getServletContext()) && !request.getProtocol().startsWith("HTTP/1.");
    }

    /** Returns whether the container gives all the parameters of a form. Tomcat may leave out those beyond a limit. */
    public static boolean hasAllParameters(HttpServletRequest request) {
        return request.getAttribute("org.apache.catalina.parameter_parse_failed") == null;
    }

    /** Returns whether a request has a transfer coding other than chunked. Undertow lets any coding pass. */
    public static boolean hasUnknownTransferCoding(HttpServletRequest request) {
        List<String> codings = Collections.list(request.getHeaders("Transfer-Encoding"));
        return codings.size() > 1 || !codings.stream().allMatch("chunked"::equalsIgnoreCase);
    }

    /**
     * Returns whether a failure that a listener was told is the fault of the connection or of the client. Jetty reports
     * time-outs as a {@link TimeoutException}.
     */
    public static boolean isBroken(Throwable failure) {
        return failure instanceof IOException || failure instanceof TimeoutException;
    }

    /**
     * Returns whether the container waits for the rest of a body after the response. Only Undertow does, alone or
     * inside an application server: one of its workers waits for as long as the client likes. If the request is
     * completed on an I/O thread, Undertow instead forgets the connection, which then stays open for good. It closes
     * the connection if the listener to the body throws an exception, and the request may be completed after that.
     */
    static boolean waitsForBody(ServletRequest request) {
        return request.getServletContext().getClass().getName().startsWith("io.undertow.");
    }

    /** Returns whether listeners run on one of a few I/O threads, which must not wait for a disk: in Undertow. */
    static boolean callsOnIoThreads(HttpServletRequest request) {
        return waitsForBody(request);
    }

    /**
     * Returns whether a client may lose the response if the connection is closed while some of the body is unread. A
     * client that was not invited to send its body sends none. In HTTP/2 a stream is reset after its response, and the
     * connection stays; but Undertow ends the connection.
     */
    static boolean cuttingLosesResponse(HttpServletRequest request) {
        boolean invited = !isExpectant(request) || request.getAttribute(INVITED) != null;
        return invited && (request.getProtocol().startsWith("HTTP/1.") || waitsForBody(request));
    }

    /**
     * Writes the body of a response, and its head with it: some clients throw away a response of which a part is missing
     * when their own sending fails. In HTTP/2 the last byte goes alone, because Tomcat 11 otherwise resets the stream
     * before it has sent the rest.
     */
    public static void write(HttpServletRequest request, ServletResponse response, byte[] body) throws IOException {
        if (isWithheld(request)) {
            request.setAttribute(WITHHELD, body);
            return;
        }
        int alone = request.getProtocol().startsWith("HTTP/1.") ? 0 : 1;
        ForeignAccess.send(request, () -> {
            OutputStream out = response.getOutputStream();
            out.write(body, 0, body.length - alone);
            response.flushBuffer();
            if (alone > 0) {
                out.write(body, body.length - alone, alone);
                response.flushBuffer();
            }
        });
    }

    /**
     * Ends the connection with the response. In HTTP/2 the stream ends by itself, and the header field is forbidden
     * (RFC 9113, section 8.2.2).
     */
    public static void endConnection(HttpServletRequest request, HttpServletResponse response) {
        if (request.getProtocol().startsWith("HTTP/1.")) {
            response.setHeader("Connection", "close");
        }
    }

    /** Ends the connection with a response that may break off: Tomcat would let its client wait for the rest. */
    static void endIfCut(HttpServletRequest request, HttpServletResponse response) {
        if (isTomcat(request.getServletContext())) {
            endConnection(request, response);
        }
    }

    /**
     * Returns whether the container ends a request while a thread that is not its own fails to read or write. Tomcat does,
     * and gives the objects of the request to another connection, whose response may then fail or be empty.
     */
    static boolean endsDuringFailures(HttpServletRequest request) {
        return isTomcat(request.getServletContext());
    }

    /** Makes the response say that the request has failed, if the client can still be told. */
    public static void fail(HttpServletRequest request, ServletResponse response) {
        fail(request, response, HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
    }

    private static void fail(HttpServletRequest request, ServletResponse response, int status) {
        try {
            if (!response.isCommitted() && response instanceof HttpServletResponse http) {
                http.reset();
                http.setStatus(status);
                endConnection(request, http);
            }
        } catch (IllegalStateException e) {
            LOG.log(Level.DEBUG, "the container has already ended the request: {0}", e.getMessage());
        }
    }

    /**
     * Responds to a body that is malformed, such as its chunks, or broke off, if nobody could. When a read fails, Tomcat
     * takes the response away. It gives it back when it tells the listener; if it is still empty then, its status is 200.
     */
    static void refuseBroken(HttpServletRequest request, ServletResponse response) {
        if (request.getAttribute(WITHHELD) instanceof byte[] body && body.length > 0) {
            return; // there is a response, which is released next
        }
        fail(request, response, HttpServletResponse.SC_BAD_REQUEST);
        try {
            response.flushBuffer();
        } catch (IOException | IllegalStateException e) {
            LOG.log(Level.DEBUG, "the client left before it got its refusal: {0}", e.getMessage());
        }
    }

    /**
     * Withholds the response of a request until it is {@linkplain #release released}, if the container reads no more of a
     * request once its response is complete. From version 11 on, Tomcat does not. That of a PATCH is not withheld: its
     * client asks for the offset when the connection breaks.
     */
    static void withhold(HttpServletRequest request) {
        ServletContext context = request.getServletContext();
        if (isTomcat(context)
                && (context.getMajorVersion() > 6 || context.getMinorVersion() > 0)
                && request.getProtocol().startsWith("HTTP/1.")
                && !request.getMethod().equals("PATCH")) {
            request.setAttribute(WITHHELD, new byte[0]);
        }
    }

    private static boolean isTomcat(ServletContext context) {
        return context.getClass().getName().startsWith("org.apache.catalina.");
    }

    /**
     * Lets the application go on with a request as if it had not been asynchronous: nothing is withheld, and the time-out
     * is the container's again. In Jetty and Tomcat one that was set stays. Undertow refuses to set it, and forgets it.
     */
    static void handOver(HttpServletRequest request, AsyncContext context, long timeout) {
        request.removeAttribute(WITHHELD);
        try {
            context.setTimeout(timeout);
        } catch (IllegalStateException e) {
            LOG.log(Level.TRACE, "the time-out was not set: {0}", e.getMessage());
        }
    }

    /** Returns whether the response has yet to be {@linkplain #release written}. */
    static boolean isWithheld(HttpServletRequest request) {
        return request.getAttribute(WITHHELD) != null;
    }

    /** Writes a response that was withheld. */
    static void release(HttpServletRequest request, ServletResponse response) {
        if (request.getAttribute(WITHHELD) instanceof byte[] body && body.length > 0) {
            request.removeAttribute(WITHHELD);
            try {
                ForeignAccess.send(request, () -> {
                    response.getOutputStream().write(body);
                    response.flushBuffer();
                });
            } catch (IOException | IllegalStateException e) {
                LOG.log(Level.DEBUG, "the client left before it got its response: {0}", e.getMessage());
            }
        }
    }

    /**
     * Sends the rest of a response whose request goes on. Undertow ends a response only when its stream is closed;
     * Tomcat then reads no more of the request.
     */
    static void endResponse(HttpServletRequest request, ServletResponse response) {
        try {
            if (waitsForBody(request)) {
                response.getOutputStream().close();
            } else if (!response.isCommitted() && !isWithheld(request)) {
                response.setContentLength(0);
                ForeignAccess.send(request, response::flushBuffer);
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the client left before it got its response: {0}", e.getMessage());
        }
    }

    /**
     * Warns if the container will not run a filter. Tomcat runs filters only for requests that are mapped to a servlet,
     * and an embedded one has no servlet of its own.
     */
    public static void warnIfNotRun(FilterConfig filter) {
        ServletContext context = filter.getServletContext();
        if (isTomcat(context) && context.getServletRegistrations().isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "filter {0} will not run: Tomcat runs filters only where a servlet is mapped, and this application"
                            + " has none. Add one at /, such as Tomcat''s DefaultServlet",
                    filter.getFilterName());
        }
    }

    /**
     * Makes the container send a part of a file, and returns whether it will. Only Tomcat offers that (see Advanced IO
     * in its documentation).
     */
    public static boolean sendfile(HttpServletRequest request, Path file, long first, long length) {
        if (!Boolean.TRUE.equals(request.getAttribute("org.apache.tomcat.sendfile.support"))) {
            return false;
        }
        request.setAttribute("org.apache.tomcat.sendfile.filename", file.toString());
        request.setAttribute("org.apache.tomcat.sendfile.start", first);
        request.setAttribute("org.apache.tomcat.sendfile.end", first + length);
        return true;
    }
}
