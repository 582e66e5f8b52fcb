package io.github.uploadreceipts.servlet.internal.direct;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file that a client wants to send straight to the store: {@code {"name":"a.jpg","type":"image/jpeg","size":5}}.
 *
 * @param name empty if the client does not say one
 */
record DirectWish(String name, Optional<String> type, long size) {

    /** A name and a type, also if they are far too long for a receipt. */
    static final int MAX_BYTES = 8 << 10;

    private static final StrictJson JSON = StrictJson.ofDepth(1);
    private static final Set<String> MEMBERS = Set.of("name", "type", "size");

    static DirectWish parse(byte[] body) throws UploadRefusedException {
        try {
            ObjectNode wish = JSON.parseObject(body);
            wish.fieldNames().forEachRemaining(member -> require(MEMBERS.contains(member)));
            JsonNode size = wish.path("size");
            require(size.isIntegralNumber() && size.canConvertToLong() && size.longValue() >= 0);
            return new DirectWish(text(wish.get("name")).orElse(""), text(wish.get("type")), size.longValue());
        } catch (IOException | IllegalArgumentException e) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.MALFORMED_REQUEST,
                    "The body must be a JSON object with the number of bytes as size, and name and type as texts."));
        }
    }

    private static Optional<String> text(@Nullable JsonNode value) {
        require(value == null || value.isTextual());
        return Optional.ofNullable(value).map(JsonNode::textValue);
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new IllegalArgumentException("another member or value than expected");
        }
    }
}
