package io.github.uploadreceipts.servlet.internal.container;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeoutException;

/** What containers do differently: a method for each rule, with its reason. Nobody else asks which container this is. */
public final class ContainerManners {

    private static final int BUFFER_SIZE = 64 * 1024;

    /** Tomcat has read no more than its buffer holds. Others read on when they are asked, and need none of this. */
    private static final int MOST_EARLY = 1 << 20;

    /** Buffers belong to threads, not to uploads: ten thousand slow uploads need no more of them than a few fast ones. */
    private static final ThreadLocal<byte[]> BUFFER = ThreadLocal.withInitial(() -> new byte[BUFFER_SIZE]);

    private ContainerManners() {}

    /** Returns the buffer of this thread, for one read at a time. */
    public static byte[] buffer() {
        return BUFFER.get();
    }

    /** Returns whether the client sends its body only when it is invited to. */
    public static boolean isExpectant(HttpServletRequest request) {
        String expect = request.getHeader("Expect");
        return expect != null && expect.toLowerCase(Locale.ROOT).contains("100-continue");
    }

    /**
     * Invites a client that waits for it. Some containers send 100 (Continue) at the first read only, which a listener alone
     * never causes; and what Tomcat then has read, it overwrites when it gets a listener.
     *
     * @return what has come by then
     */
    public static byte[] invite(HttpServletRequest request, ServletInputStream input) throws IOException {
        ByteArrayOutputStream early = new ByteArrayOutputStream(0);
        if (isExpectant(request)) {
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

    /** Reads as {@code input} does. Undertow fails with whatever exception comes, where an HTTP/2 stream is reset meanwhile. */
    public static int read(InputStream input, byte[] buffer) throws IOException {
        try {
            return input.read(buffer);
        } catch (RuntimeException e) {
            throw new IOException("the container cannot read on", e);
        }
    }

    /**
     * Has {@code listener} listen to a body. Tomcat tells no listener of a body that has ended already.
     *
     * @return false if the body has ended already; then nothing listens
     * @throws IllegalStateException if the stream takes no listener, as some filters' wrappers do not
     */
    public static boolean listen(ServletInputStream input, ReadListener listener) {
        if (input.isFinished()) {
            return false;
        }
        input.setReadListener(listener);
        return true;
    }

    /**
     * Returns whether all of a body was read. Undertow may fail to tell its listener so. Every listener therefore asks when
     * it has read what there was, and may be told as well, before or afterwards.
     */
    public static boolean isAllRead(ServletInputStream input) {
        return input.isFinished();
    }

    /** Throws away what can be read without waiting, and returns whether {@linkplain #isAllRead that was all}. */
    public static boolean discardAvailable(ServletInputStream input) throws IOException {
        byte[] buffer = buffer();
        while (input.isReady() && !input.isFinished()) {
            if (read(input, buffer) < 0) {
                break;
            }
        }
        return isAllRead(input);
    }

    /**
     * Checks, at the end of a body, that it is whole. Tomcat ends HTTP/2 streams that the client has reset as if they were.
     *
     * @param length what the client has said; negative if it has not
     */
    public static void requireWhole(long received, long length) throws EOFException {
        if (received < length) {
            throw new EOFException("the body ended early");
        }
    }

    /** Returns whether a request has a transfer coding that is not understood. Undertow lets any pass. */
    public static boolean hasUnknownTransferCoding(HttpServletRequest request) {
        List<String> codings = Collections.list(request.getHeaders("Transfer-Encoding"));
        return codings.size() > 1 || !codings.stream().allMatch("chunked"::equalsIgnoreCase);
    }

    /** Returns whether what a listener was told is the connection's fault, or the client's. Jetty tells time-outs by its own exception. */
    public static boolean isBroken(Throwable failure) {
        return failure instanceof IOException || failure instanceof TimeoutException;
    }

    /**
     * Returns whether the container has a worker wait for the rest of a body after the response, for as long as the client
     * likes; or, if the request is completed on an I/O thread, forgets the connection, which then stays open for good. That is
     * Undertow, alone or inside an application server.
     */
    static boolean waitsForBody(ServletRequest request) {
        return request.getServletContext().getClass().getName().startsWith("io.undertow.");
    }

    /** Returns whether the container ends connections with unread bodies only of requests answered on their own thread. */
    public static boolean cutsOnItsThread(HttpServletRequest request) {
        return waitsForBody(request) && request.getProtocol().startsWith("HTTP/1.");
    }

    /** Has the container send a part of a file, where it offers that: Tomcat does (its documentation: Advanced IO). */
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
