package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** A body that must be what its request says of it. The parser learns of the end only if it is. */
final class CheckedBody implements BodyParser {

    private final BodyParser parser;
    private final List<Checksum> checksums;
    private final Optional<Long> length;
    private long received;

    /**
     * Checks what {@code parser} gets.
     *
     * @param length how many bytes the body must have, if its request says so
     */
    CheckedBody(BodyParser parser, List<Checksum> checksums, Optional<Long> length) {
        this.parser = parser;
        this.checksums = checksums;
        this.length = length;
    }

    @Override
    public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
        received += length;
        checksums.forEach(checksum -> checksum.update(ByteBuffer.wrap(bytes, offset, length)));
        parser.push(bytes, offset, length);
    }

    @Override
    public void end() throws RefusedException {
        if (length.isPresent() && length.get() != received) {
            throw otherLength(length.get(), received);
        }
        for (Checksum checksum : checksums) {
            checksum.verify();
        }
        parser.end();
    }

    static UploadRefusedException otherLength(long said, long actual) {
        return new UploadRefusedException(Problem.limit(
                ProblemType.LENGTH_MISMATCH,
                "Upload-Length says " + said + " bytes, and the request brings the upload to " + actual + ".",
                said,
                actual));
    }
}
