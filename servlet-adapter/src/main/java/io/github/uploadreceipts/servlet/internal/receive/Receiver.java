package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.servlet.internal.response.Responses;
import io.github.uploadreceipts.servlet.internal.response.UnwantedBody;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.concurrent.CompletionException;

/** Moves a body's bytes from the container into its parser, in reads of 64 KiB. */
public final class Receiver {

    private static final int BUFFER_SIZE = 64 * 1024;

    /** Tomcat has read no more than its buffer holds. Others read on when they are asked, and need none of this. */
    private static final int MOST_EARLY = 1 << 20;

    /** Buffers belong to threads, not to uploads: ten thousand slow uploads need no more of them than a few fast ones. */
    private static final ThreadLocal<byte[]> BUFFER = ThreadLocal.withInitial(() -> new byte[BUFFER_SIZE]);

    private final ServletInputStream input;
    private final long length;
    private final Reception reception;
    private final BodyParser parser;

    /** @param length of the body, as far as the client has said it; negative if it has not */
    Receiver(ServletInputStream input, long length, Reception reception, BodyParser parser) {
        this.input = input;
        this.length = length;
        this.reception = reception;
        this.parser = parser;
    }

    public static Receiver of(HttpServletRequest request, Reception reception, BodyParser parser) throws IOException {
        return new Receiver(request.getInputStream(), request.getContentLengthLong(), reception, parser);
    }

    /** Takes what can be read without waiting. */
    void receiveAvailable() throws IOException, UploadRefusedException {
        byte[] buffer = BUFFER.get();
        while (input.isReady() && !input.isFinished()) {
            int read = read(input, buffer);
            if (read < 0) {
                return;
            }
            push(buffer, read);
        }
    }

    /** Throws away what can be read without waiting. */
    public static void discardAvailable(ServletInputStream input) throws IOException {
        byte[] buffer = BUFFER.get();
        while (input.isReady() && !input.isFinished()) {
            if (read(input, buffer) < 0) {
                return;
            }
        }
    }

    /** Takes everything, waiting for it on the calling thread. */
    public void receiveAll() throws IOException, RefusedException {
        byte[] buffer = BUFFER.get();
        for (int read = read(input, buffer); read >= 0; read = read(input, buffer)) {
            var late = reception.lateness(); // before these bytes end the pause
            if (late.isPresent()) {
                throw new UploadRefusedException(late.get());
            }
            push(buffer, read);
        }
        end();
    }

    /** Takes everything on the calling thread, and answers. */
    <T> void receiveBlocking(Exchange<T> exchange) {
        try {
            T result;
            try {
                receiveAll();
                result = exchange.finish().join();
            } finally {
                exchange.abandon(); // before the client is told and comes again
            }
            exchange.send(result);
        } catch (RefusedException e) {
            exchange.refuse(e);
        } catch (CompletionException e) {
            exchange.refuse(UploadResponse.refusalOf(e));
        } catch (IOException e) {
            exchange.breakOff();
        }
    }

    /** Takes what the container says has come, or everything at once where a wrapper in front of us cannot say so. */
    <T> void receive(AsyncContext context, Exchange<T> exchange, AsyncReception<T> reception) {
        try {
            reception.begin(input);
        } catch (IllegalStateException e) {
            receiveBlocking(exchange);
            Responses.complete(context);
        }
    }

    /** Invites a client that waits for it, and takes what has come by then. */
    void invite(HttpServletRequest request) throws IOException, UploadRefusedException {
        byte[] early = invite(request, input);
        if (early.length > 0) {
            push(early, early.length);
        }
    }

    /**
     * Invites a client that waits for it. Some containers send 100 (Continue) at the first read only, which a listener alone
     * never causes; and what Tomcat then has read, it overwrites when it gets a listener.
     *
     * @return what has come by then
     */
    static byte[] invite(HttpServletRequest request, ServletInputStream input) throws IOException {
        ByteArrayOutputStream early = new ByteArrayOutputStream(0);
        if (isExpectant(request)) {
            int none = input.read(new byte[0]);
            assert none <= 0;
            byte[] buffer = BUFFER.get();
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

    /** Returns whether the client sends its body only when it is invited to. */
    static boolean isExpectant(HttpServletRequest request) {
        String expect = request.getHeader("Expect");
        return expect != null && expect.toLowerCase(Locale.ROOT).contains("100-continue");
    }

    private void push(byte[] buffer, int length) throws UploadRefusedException {
        reception.count(length);
        parser.push(buffer, 0, length);
        reception.touch(); // a slow disk is not a pause of the client's
    }

    /** The container says that all was read. Tomcat says so of HTTP/2 streams too that the client has reset. */
    void end() throws IOException, RefusedException {
        if (reception.received() < length) {
            throw new EOFException("the body ended early");
        }
        parser.end();
    }

    Reception reception() {
        return reception;
    }

    /** Returns what is still to come of the body, after the answer. */
    UnwantedBody rest(AsyncContext context) {
        return new UnwantedBody(context, input);
    }
}
