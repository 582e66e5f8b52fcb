package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.ReadAhead;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Moves a body's bytes from the container into its parser, in reads of 64 KiB. */
public final class Receiver {

    private final InputStream ahead;
    private final ServletInputStream input;
    private final long length;
    private final Reception reception;
    private final boolean interruptible;
    private boolean guarded;
    private boolean resetsLookLikeEnds;
    private int unsureBytes;
    private BodyParser parser;

    /**
     * Creates a receiver.
     *
     * @param ahead what has been read before, of which the rest is in {@code input}
     * @param length how many bytes the client has declared; negative if it has declared none
     * @param interruptible whether a thread that waits in a read may be interrupted
     */
    Receiver(
            InputStream ahead,
            ServletInputStream input,
            long length,
            Reception reception,
            BodyParser parser,
            boolean interruptible) {
        this.ahead = ahead;
        this.input = input;
        this.length = length;
        this.reception = reception;
        this.parser = parser;
        this.interruptible = interruptible;
        reception.announce(length);
    }

    /**
     * Returns a receiver of the request's body.
     *
     * @throws UploadRefusedException if a filter in front has read it
     */
    public static Receiver of(HttpServletRequest request, Reception reception, BodyParser parser)
            throws IOException, UploadRefusedException {
        return of(request, ReadAhead.take(request), input(request), reception, parser);
    }

    /** Returns a receiver of the container's own stream, of which nothing has been read ahead. */
    public static Receiver ofUnread(HttpServletRequest request, Reception reception, BodyParser parser)
            throws IOException {
        return of(request, InputStream.nullInputStream(), request.getInputStream(), reception, parser);
    }

    private static Receiver of(
            HttpServletRequest request,
            InputStream ahead,
            ServletInputStream input,
            Reception reception,
            BodyParser parser) {
        Receiver receiver = new Receiver(
                ahead,
                input,
                request.getContentLengthLong(),
                reception,
                parser,
                ContainerManners.canInterruptReads(request));
        receiver.guarded = ReadAhead.isOffered(request);
        receiver.unsureBytes = ContainerManners.unsureBytes(request);
        receiver.resetsLookLikeEnds = ContainerManners.resetsLookLikeEnds(request);
        return receiver;
    }

    private static ServletInputStream input(HttpServletRequest request) throws IOException, UploadRefusedException {
        try {
            return ReadAhead.rest(request);
        } catch (IllegalStateException e) { // the other way to read it was used
            throw BodyParser.readBefore(true);
        }
    }

    /** Receives what has been read ahead. */
    void receiveAhead() throws IOException, UploadRefusedException {
        byte[] buffer = ContainerManners.buffer();
        for (int read = ahead.read(buffer); read >= 0; read = ahead.read(buffer)) {
            push(buffer, read);
        }
    }

    /**
     * Receives what can be read without waiting, and returns whether
     * {@linkplain ContainerManners#isAllRead all has been read}.
     */
    boolean receiveAvailable() throws IOException, UploadRefusedException {
        byte[] buffer = ContainerManners.buffer();
        while (ContainerManners.isReady(input)) {
            int read = ContainerManners.read(input, buffer);
            if (read < 0) { // the request may have ended since, and the stream may serve another one
                return true;
            }
            push(buffer, read);
        }
        return ContainerManners.isAllRead(input);
    }

    /**
     * Receives what has come already, and returns whether that is the whole body. Does not wait.
     */
    public boolean receiveEarly() throws IOException, UploadRefusedException {
        receiveAhead();
        byte[] buffer = ContainerManners.buffer();
        while (parser.wantsMore() && reception.received() != length && input.available() > unsureBytes) {
            int read = ContainerManners.read(input, buffer);
            if (read < 0) {
                return true;
            }
            push(buffer, read);
        }
        return reception.received() == length || input.isFinished();
    }

    /** Receives the whole body, and blocks the calling thread for it, until the watchdog ends that. */
    public void receiveAll(Watchdog watchdog) throws IOException, RefusedException {
        receiveWanted(watchdog);
        end();
    }

    /** Receives as much of the body as the parser wants, as {@link #receiveAll} does. */
    public void receiveWanted(Watchdog watchdog) throws IOException, RefusedException {
        receiveAhead();
        byte[] buffer = ContainerManners.buffer();
        WaitingThread thread = new WaitingThread(reception, interruptible);
        watchdog.watch(thread);
        try {
            while (parser.wantsMore()) {
                int read = thread.read(input, buffer);
                if (read < 0) {
                    return;
                }
                push(buffer, read);
            }
        } finally {
            watchdog.forget(thread);
        }
    }

    /** Receives the whole body on the calling thread, and responds. */
    public <T> void receiveBlocking(Exchange<T> exchange, Watchdog watchdog) {
        try {
            T result;
            try {
                receiveAll(watchdog);
                result = reception.awaitStore(exchange.finish(), exchange::lost);
            } finally {
                exchange.abandon(); // before the response, after which the client may send its next request
            }
            exchange.send(result);
        } catch (RefusedException e) {
            exchange.refuse(e);
        } catch (IOException e) {
            exchange.breakOff();
        }
    }

    /**
     * Receives bytes as the container announces them. If the stream of a wrapper accepts no listener, receives the
     * whole body on this thread.
     */
    public <T> void receive(Completion completion, Exchange<T> exchange, AsyncReception<T> reception) {
        try {
            reception.begin(input);
        } catch (IllegalStateException e) {
            receiveBlocking(exchange, reception.watchdog());
            completion.responded();
        }
    }

    /** Sends 100 (Continue) to a client that waits for it, and receives what has come by then. */
    public void invite(HttpServletRequest request) throws IOException, UploadRefusedException {
        receiveAhead();
        byte[] early = ContainerManners.invite(request, input);
        if (early.length > 0) {
            push(early, early.length);
        }
    }

    private void push(byte[] buffer, int length) throws UploadRefusedException {
        reception.count(length);
        parser.push(buffer, 0, length);
        reception.touch(); // a slow disk must not count as a pause of the client
    }

    /** Takes the end of the body, which the container has announced. */
    void end() throws IOException, RefusedException {
        boolean declared = length > 0;
        boolean gone = declared ? !resetsLookLikeEnds : length < 0 && !guarded;
        if (reception.received() == 0 && gone) {
            parser.endEmpty(declared);
        } else {
            requireWhole(reception.received(), length);
            parser.end();
        }
    }

    /**
     * Checks that a body that has ended is whole; see {@link ContainerManners#resetsLookLikeEnds}.
     *
     * @param received how many bytes have come
     * @param length how many bytes the client has declared; negative if it has declared none
     */
    public static void requireWhole(long received, long length) throws EOFException {
        if (received < length) {
            throw new EOFException("the body ended after " + received + " of " + length + " bytes");
        }
    }

    /**
     * Lets go of the parser and what it keeps. The container may know this object for as long as the rest of a refused
     * body takes.
     */
    void dropParser() {
        parser = BodyParser.NONE;
    }

    Reception reception() {
        return reception;
    }
}
