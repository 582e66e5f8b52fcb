package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.internal.http.ContentDisposition;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A body that is one file. */
public final class RawBody implements BodyParser {

    private final Reception reception;
    private final boolean form;

    /**
     * Begins the one file of the request.
     *
     * @param length how many bytes the client has declared; negative if it has declared none
     */
    public RawBody(Reception reception, String name, @Nullable String type, long length) throws UploadRefusedException {
        this.reception = reception;
        this.form = MediaType.ofBody(type).essence().equals("application/x-www-form-urlencoded");
        reception.beginFile(name, type);
        if (length >= 0) {
            reception.expect(length);
        }
    }

    /** Returns the name that a request has for its one file; empty if it has none. */
    public static String name(HttpServletRequest request) {
        return Optional.ofNullable(request.getHeader("Content-Disposition"))
                .flatMap(ContentDisposition::parse)
                .flatMap(ContentDisposition::fileName)
                .orElse("");
    }

    @Override
    public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
        reception.write(ByteBuffer.wrap(bytes, offset, length));
    }

    /** Refuses what the container reads as a form when a filter asks for a parameter, even if no length was declared. */
    @Override
    public void endEmpty(boolean declared) throws UploadRefusedException {
        if (declared || form) {
            throw BodyParser.readBefore(declared);
        }
        end();
    }

    @Override
    public void end() throws UploadRefusedException {
        reception.endFile();
    }
}
