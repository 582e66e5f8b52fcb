package io.github.uploadreceipts.internal.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * A strict JSON parser. It accepts UTF-8 only, no duplicate members at any depth, nothing after the value, and limited
 * nesting.
 */
public final class StrictJson {

    private final JsonMapper mapper;

    private StrictJson(int maxDepth, int maxString) {
        this.mapper = JsonMapper.builder(JsonFactory.builder()
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES) // which keeps them for other texts
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(maxDepth)
                                .maxStringLength(maxString)
                                .build())
                        .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }

    /** Returns a parser that refuses nesting deeper than {@code maxDepth}. The caller limits the number of bytes. */
    public static StrictJson ofDepth(int maxDepth) {
        return new StrictJson(maxDepth, StreamReadConstraints.DEFAULT_MAX_STRING_LEN);
    }

    /**
     * Returns a parser that refuses nesting deeper than {@code maxDepth}, and strings of more than {@code maxString}
     * characters if somebody asks for their text.
     */
    public static StrictJson of(int maxDepth, int maxString) {
        return new StrictJson(maxDepth, maxString);
    }

    /** Returns a new, empty object. */
    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /**
     * Returns the value in {@code utf8}.
     *
     * @throws IOException if the bytes are not exactly one JSON value within the bounds; the message quotes no content
     */
    public JsonNode parse(byte[] utf8) throws IOException {
        try {
            // from bytes, Jackson would guess the encoding, and accept UTF-16 and UTF-32, too
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
            JsonNode value = mapper.readTree(text);
            if (value == null || value.isMissingNode()) {
                throw new IOException("no JSON value");
            }
            return value;
        } catch (CharacterCodingException e) {
            throw new IOException("not UTF-8", e);
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            throw new IOException("malformed JSON: " + e.getClass().getSimpleName());
        }
    }

    /**
     * Returns a parser of what is in {@code utf8}, token by token, that is as strict. The caller checks that nothing
     * follows the value, and limits the number of tokens.
     *
     * @throws IOException if the stream cannot be read. The parser throws one too if the bytes are not JSON
     */
    public JsonParser tokens(InputStream utf8) throws IOException {
        return mapper.getFactory().createParser(new InputStreamReader(utf8, StandardCharsets.UTF_8.newDecoder()));
    }

    /**
     * Returns the object in {@code utf8}, whose numbers are all integers that fit a {@code long}.
     *
     * @throws IOException if the bytes are anything else
     */
    public ObjectNode parseObject(byte[] utf8) throws IOException {
        JsonNode value = parse(utf8);
        if (!(value instanceof ObjectNode object)) {
            throw new IOException("not a JSON object");
        }
        requireIntegers(object);
        return object;
    }

    private static void requireIntegers(JsonNode node) throws IOException {
        if (node.isNumber() && !(node.isIntegralNumber() && node.canConvertToLong())) {
            throw new IOException("a number is not a 64-bit integer");
        }
        for (JsonNode child : node) {
            requireIntegers(child);
        }
    }
}
