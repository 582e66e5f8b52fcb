package io.github.uploadreceipts.internal.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads claims without converting them: a number is not accepted as text, and {@code null} is not the text "null".
 * Every method throws {@link IllegalArgumentException} for a claim that is missing or of another type.
 */
public final class ClaimReader {

    private static final StrictJson CONTEXT = StrictJson.ofDepth(3);

    private final JsonNode claims;

    /** Reads {@code claims}. */
    public ClaimReader(JsonNode claims) {
        this.claims = claims;
    }

    /** Returns whether there is such a claim. */
    public boolean has(String name) {
        return claims.has(name);
    }

    /** Returns a text. */
    public String text(String name) {
        return text(name, claims.path(name));
    }

    /** Returns a text that may be missing. */
    public Optional<String> optionalText(String name) {
        return has(name) ? Optional.of(text(name)) : Optional.empty();
    }

    /** Returns the texts in an array. */
    public List<String> texts(String name) {
        JsonNode array = claims.path(name);
        require(array.isArray(), name, "an array"); // forEach would go over the values of an object, too
        List<String> texts = new ArrayList<>();
        array.forEach(element -> texts.add(text(name, element)));
        return texts;
    }

    /** Returns an integer. */
    public long integer(String name) {
        require(claims.path(name).isIntegralNumber(), name, "an integer");
        return claims.path(name).longValue();
    }

    /**
     * Returns an integer of 32 bits.
     *
     * @throws ArithmeticException if it has more
     */
    public int count(String name) {
        return Math.toIntExact(integer(name));
    }

    /** Returns a boolean. */
    public boolean flag(String name) {
        require(claims.path(name).isBoolean(), name, "true or false");
        return claims.path(name).booleanValue();
    }

    /** Returns a reader of the claims in an object. */
    public ClaimReader object(String name) {
        require(claims.path(name).isObject(), name, "an object");
        return new ClaimReader(claims.path(name));
    }

    /** Returns a time in seconds since 1970. */
    public Instant instant(String name) {
        return Instant.ofEpochSecond(integer(name));
    }

    /** Makes a place in a batch from its claims. */
    public interface Place<T> {
        /** Returns the place. */
        T of(String id, int count, int sequence);
    }

    /** Returns the place in a batch, if there is one. */
    public <T> Optional<T> batch(Place<T> place) {
        if (!has("batch") && !has("seq")) {
            return Optional.empty();
        }
        ClaimReader batch = new ClaimReader(claims.path("batch"));
        return Optional.of(place.of(batch.text("id"), batch.count("count"), count("seq")));
    }

    /** Returns the application's own JSON object, if there is one. */
    public Optional<String> context() {
        if (!has("ctx")) {
            return Optional.empty();
        }
        require(claims.path("ctx").isObject(), "ctx", "an object");
        return Optional.of(claims.path("ctx").toString());
    }

    /**
     * Returns the application's own JSON object as a claim.
     *
     * @throws IllegalArgumentException if it is not strict JSON; the message does not quote it
     */
    public static ObjectNode parseContext(String context) {
        try {
            return CONTEXT.parseObject(context.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the context is a JSON object of integers, strings, booleans and at most two more levels of these;"
                            + " the given one is not: " + e.getMessage(),
                    e);
        }
    }

    private static String text(String name, JsonNode node) {
        require(node.isTextual(), name, "text");
        return node.textValue();
    }

    private static void require(boolean condition, String name, String expected) {
        if (!condition) {
            throw new IllegalArgumentException("the claim " + name + " is not " + expected);
        }
    }
}
