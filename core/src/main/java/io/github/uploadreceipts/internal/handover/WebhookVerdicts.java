package io.github.uploadreceipts.internal.handover;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.handover.Verdict.Status;
import io.github.uploadreceipts.internal.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads the verdicts of receivers of webhooks: in their responses, and in the messages by which they finish.
 *
 * <p>A message that is too long is cut off, because the verdict is clear without the rest. Data that are too long, which
 * nobody can cut, make the verdict unreadable, so that the receiver's author notices.
 */
final class WebhookVerdicts {

    private static final int MAX_DEPTH = 32;
    private static final StrictJson JSON = StrictJson.ofDepth(MAX_DEPTH);
    private static final String ELLIPSIS = "…";

    private WebhookVerdicts() {}

    /**
     * Returns what a receiver says in the body of a response with status 200. A body that is not JSON says nothing, and
     * neither does an object without a status: the status of the response is enough.
     *
     * @param declared whether the response says that it is JSON
     * @throws IOException if the body is JSON that cannot be understood; the message quotes nothing of it
     */
    static Verdict ofResponse(String body, boolean declared) throws IOException {
        String text = body.strip();
        if (text.isEmpty() || !(declared || text.startsWith("{"))) {
            return Verdict.done();
        }
        JsonNode said = parse(text.getBytes(StandardCharsets.UTF_8));
        if (!said.has("status")) {
            return Verdict.done();
        }
        return switch (said.path("status").asText()) {
            case "done" -> done(said);
            case "refused" -> refused(said);
            default -> throw new IOException("its \"status\" is neither \"done\" nor \"refused\"");
        };
    }

    /**
     * Returns what a receiver says in the body of a message by which it finishes.
     *
     * @throws IOException if the body cannot be understood; the message quotes nothing of it
     */
    static Verdict ofMessage(byte[] body) throws IOException {
        JsonNode said = parse(body);
        return switch (said.path("type").asText()) {
            case "upload.finished" -> done(said);
            case "upload.refused" -> refused(said.path("data"));
            default -> throw new IOException("its \"type\" is neither \"upload.finished\" nor \"upload.refused\"");
        };
    }

    private static JsonNode parse(byte[] body) throws IOException {
        try {
            return JSON.parse(body);
        } catch (IOException e) {
            throw new IOException("its body is not well-formed JSON", e);
        }
    }

    private static Verdict done(JsonNode said) throws IOException {
        JsonNode data = said.path("data");
        if (data.isMissingNode() || data.isNull()) {
            return Verdict.done();
        }
        String json = data.toString();
        int bytes = json.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > Verdict.MAX_BYTES) {
            throw new IOException("its \"data\" have " + bytes + " bytes, more than " + Verdict.MAX_BYTES);
        }
        return Verdict.done(json);
    }

    private static Verdict refused(JsonNode said) throws IOException {
        JsonNode message = said.path("message");
        if (message.isMissingNode() || message.isNull()) {
            return new Verdict(Status.REFUSED, Optional.empty(), Optional.empty());
        }
        if (!message.isTextual()) {
            throw new IOException("its \"message\" is not a text");
        }
        return Verdict.refused(cut(message.asText()));
    }

    /** Returns as much of a text as a verdict can have, with an ellipsis if it is not all. Cuts between code points. */
    private static String cut(String text) {
        if (bytes(text) <= Verdict.MAX_BYTES) {
            return text;
        }
        int end = 0;
        int used = bytes(ELLIPSIS);
        while (end < text.length()) {
            int next = text.offsetByCodePoints(end, 1);
            used += bytes(text.substring(end, next));
            if (used > Verdict.MAX_BYTES) {
                break;
            }
            end = next;
        }
        return text.substring(0, end) + ELLIPSIS;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** Returns the JSON object in a text that this library has checked before. */
    static ObjectNode trusted(String json) {
        try {
            return (ObjectNode) JSON.parse(json.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalArgumentException("the context of a receipt is not JSON", e);
        }
    }
}
