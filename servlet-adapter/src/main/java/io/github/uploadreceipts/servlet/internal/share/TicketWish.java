package io.github.uploadreceipts.servlet.internal.share;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a page says when it asks for a ticket: {@code {"files":[…],"sender":"…"}}.
 *
 * @param files how many files it will send, if it says so
 * @param sender what was typed as the sender's name
 */
record TicketWish(OptionalInt files, Optional<String> sender) {

    /** A name, a type and a size for each of a thousand files. */
    static final int MAX_BYTES = 512 << 10;

    private static final int MAX_DEPTH = 4;

    static TicketWish parse(byte[] body) throws UploadRefusedException {
        try {
            JsonNode wish = StrictJson.ofDepth(MAX_DEPTH).parse(body);
            JsonNode files = wish.path("files");
            JsonNode sender = wish.path("sender");
            return new TicketWish(
                    files.isArray() ? OptionalInt.of(files.size()) : OptionalInt.empty(),
                    sender.isTextual() ? Optional.of(sender.textValue()) : Optional.empty());
        } catch (IOException e) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.MALFORMED_REQUEST, "The body must be a JSON object."));
        }
    }
}
