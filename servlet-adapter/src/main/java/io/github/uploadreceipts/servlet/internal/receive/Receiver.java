package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;

/** Moves a body's bytes from the container into its parser, in reads of 64 KiB. */
public final class Receiver {

    private final ServletInputStream input;
    private final long length;
    private final Reception reception;
    private final boolean interruptible;
    private BodyParser parser;

    /**
     * Creates a receiver.
     *
     * @param length how many bytes the client has declared; negative if it has declared none
     * @param interruptible whether a thread that waits in a read may be interrupted
     */
    Receiver(ServletInputStream input, long length, Reception reception, BodyParser parser, boolean interruptible) {
        this.input = input;
        this.length = length;
        this.reception = reception;
        this.parser = parser;
        this.interruptible = interruptible;
        reception.announce(length);
    }

    /** Returns a receiver of the request's body. */
    public static Receiver of(HttpServletRequest request, Reception reception, BodyParser parser) throws IOException {
        return new Receiver(
                request.getInputStream(),
                request.getContentLengthLong(),
                reception,
                parser,
                ContainerManners.canInterruptReads(request));
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
        byte[] buffer = ContainerManners.buffer();
        while (reception.received() != length && input.available() > 0) {
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
        byte[] buffer = ContainerManners.buffer();
        WaitingThread thread = new WaitingThread(reception, interruptible);
        watchdog.watch(thread);
        try {
            for (int read = thread.read(input, buffer); read >= 0; read = thread.read(input, buffer)) {
                push(buffer, read);
            }
        } finally {
            watchdog.forget(thread);
        }
        end();
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
        ContainerManners.requireWhole(reception.received(), length);
        parser.end();
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
