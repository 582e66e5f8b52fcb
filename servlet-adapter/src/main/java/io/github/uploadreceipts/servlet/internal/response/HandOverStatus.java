package io.github.uploadreceipts.servlet.internal.response;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.store.StoreException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What clients are told of the hand-over of an upload: {@code processing}, {@code done} or {@code refused}. */
public record HandOverStatus(Verdict verdict) {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);
    private static final StrictJson JSON = StrictJson.ofDepth(32);

    /** Front servers take 4 KiB for the head of a response. The rest is for the other fields. */
    private static final int MOST_FOR_RECEIPT_AND_MESSAGE = 3_400;

    private static final String UNESCAPED = "-_.!~*'()";

    /** Returns the status of an upload of this host; empty if it is handed over to nobody. Blocks on the disk. */
    public static Optional<HandOverStatus> find(Engine engine, IssuedReceipt issued) {
        try {
            return engine.handOvers().verdictOfOwn(issued.receipt().owner()).map(HandOverStatus::new);
        } catch (StoreException e) {
            LOG.log(
                    Level.WARNING,
                    "the hand-over of upload " + issued.receipt().id() + " could not be read: " + e.getMessage());
            return Optional.empty();
        }
    }

    /** Sets the header fields for the status of an upload of this host, if it is complete. Blocks on the disk. */
    public static void tell(Engine engine, HttpServletResponse response, Optional<IssuedReceipt> complete) {
        complete.ifPresent(issued -> find(engine, issued)
                .ifPresent(status -> status.writeTo(response, issued.token().length())));
    }

    /** Returns the word for the status. */
    public String name() {
        return switch (verdict.status()) {
            case WAITING -> "processing";
            case DONE -> "done";
            case REFUSED -> "refused";
        };
    }

    private void writeTo(HttpServletResponse response, int receiptLength) {
        response.setHeader("Upload-Status", name());
        int most = MOST_FOR_RECEIPT_AND_MESSAGE - receiptLength;
        verdict.message().ifPresent(message -> response.setHeader("Upload-Message", encode(message, most)));
    }

    /** Encodes a text as {@code encodeURIComponent} does, and cuts it off between characters if it would be too long. */
    static String encode(String text, int most) {
        StringBuilder encoded = new StringBuilder();
        for (int i = 0; i < text.length(); ) {
            int character = text.codePointAt(i);
            i += Character.charCount(character);
            String next = encode(character);
            if (encoded.length() + next.length() > most) {
                break;
            }
            encoded.append(next);
        }
        return encoded.toString();
    }

    private static String encode(int character) {
        String text = Character.toString(character);
        if (character < 128 && (Character.isLetterOrDigit(character) || UNESCAPED.indexOf(character) >= 0)) {
            return text;
        }
        StringBuilder encoded = new StringBuilder();
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            encoded.append(String.format("%%%02X", octet));
        }
        return encoded.toString();
    }

    /** Returns the status as JSON in one line. */
    public String toJson() {
        ObjectNode json = StrictJson.object().put("status", name());
        verdict.message().ifPresent(message -> json.put("message", message));
        verdict.data().ifPresent(data -> putData(json, data));
        return json.toString();
    }

    private static void putData(ObjectNode json, String data) {
        try {
            json.set("data", JSON.parse(data.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the data of a verdict is left out, because it is not JSON: {0}", e.getMessage());
        }
    }
}
