package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.problem.UploadRefusedException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A body that is one file. */
final class RawBody implements BodyParser {

    private final Reception reception;

    RawBody(Reception reception, String name, @Nullable String type) throws UploadRefusedException {
        this.reception = reception;
        reception.beginFile(name, type);
    }

    @Override
    public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
        reception.write(ByteBuffer.wrap(bytes, offset, length));
    }

    @Override
    public void end() throws UploadRefusedException {
        reception.endFile();
    }
}
