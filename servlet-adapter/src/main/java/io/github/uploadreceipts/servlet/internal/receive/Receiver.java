package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.concurrent.CompletionException;

/** Moves a body's bytes from the container into its parser, in reads of 64 KiB. */
public final class Receiver {

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

    /** Takes what can be read without waiting, and returns whether {@linkplain ContainerManners#isAllRead that was all}. */
    boolean receiveAvailable() throws IOException, UploadRefusedException {
        byte[] buffer = ContainerManners.buffer();
        while (input.isReady() && !input.isFinished()) {
            int read = ContainerManners.read(input, buffer);
            if (read < 0) {
                break;
            }
            push(buffer, read);
        }
        return ContainerManners.isAllRead(input);
    }

    /** Takes everything, waiting for it on the calling thread. */
    public void receiveAll() throws IOException, RefusedException {
        byte[] buffer = ContainerManners.buffer();
        for (int read = ContainerManners.read(input, buffer); read >= 0; read = ContainerManners.read(input, buffer)) {
            var late = reception.lateness(); // before these bytes end the pause
            if (late.isPresent()) {
                throw new UploadRefusedException(late.get());
            }
            push(buffer, read);
        }
        end();
    }

    /** Takes everything on the calling thread, and answers. */
    public <T> void receiveBlocking(Exchange<T> exchange) {
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
    public <T> void receive(Completion completion, Exchange<T> exchange, AsyncReception<T> reception) {
        try {
            reception.begin(input);
        } catch (IllegalStateException e) {
            receiveBlocking(exchange);
            completion.responded();
        }
    }

    /** Invites a client that waits for it, and takes what has come by then. */
    public void invite(HttpServletRequest request) throws IOException, UploadRefusedException {
        byte[] early = ContainerManners.invite(request, input);
        if (early.length > 0) {
            push(early, early.length);
        }
    }

    private void push(byte[] buffer, int length) throws UploadRefusedException {
        reception.count(length);
        parser.push(buffer, 0, length);
        reception.touch(); // a slow disk is not a pause of the client's
    }

    /** The container says that all was read. */
    void end() throws IOException, RefusedException {
        ContainerManners.requireWhole(reception.received(), length);
        parser.end();
    }

    Reception reception() {
        return reception;
    }
}
