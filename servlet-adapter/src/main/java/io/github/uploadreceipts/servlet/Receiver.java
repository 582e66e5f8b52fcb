package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.EOFException;
import java.io.IOException;

/** Moves a body's bytes from the container into its parser, in reads of 64 KiB. */
final class Receiver {

    private static final int BUFFER_SIZE = 64 * 1024;

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

    static Receiver of(HttpServletRequest request, Reception reception, BodyParser parser) throws IOException {
        return new Receiver(request.getInputStream(), request.getContentLengthLong(), reception, parser);
    }

    /** Takes what can be read without waiting. */
    void receiveAvailable() throws IOException, UploadRefusedException {
        byte[] buffer = BUFFER.get();
        while (input.isReady() && !input.isFinished()) {
            int read = input.read(buffer);
            if (read < 0) {
                return;
            }
            push(buffer, read);
        }
    }

    /** Takes everything, waiting for it on the calling thread. */
    void receiveAll() throws IOException, RefusedException {
        byte[] buffer = BUFFER.get();
        for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
            var late = reception.lateness(); // before these bytes end the pause
            if (late.isPresent()) {
                throw new UploadRefusedException(late.get());
            }
            push(buffer, read);
        }
        end();
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
}
