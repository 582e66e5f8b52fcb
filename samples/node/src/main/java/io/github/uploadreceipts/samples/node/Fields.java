package io.github.uploadreceipts.samples.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;

/**
 * The members of a request's JSON object. Every method throws {@link IllegalArgumentException} if a member is not what
 * it must be; the message names it.
 */
final class Fields {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final ObjectNode json;
    private final Set<String> read = new HashSet<>();

    private Fields(ObjectNode json) {
        this.json = json;
    }

    /** Reads a request's body. */
    static Fields parse(byte[] body) throws IOException {
        try {
            if (MAPPER.readTree(body) instanceof ObjectNode object) {
                return new Fields(object);
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the body is not JSON", e);
        }
        throw new IllegalArgumentException("the body must be a JSON object");
    }

    private Optional<JsonNode> member(String name, Predicate<JsonNode> check, String what) {
        read.add(name);
        Optional<JsonNode> value = Optional.ofNullable(json.get(name));
        if (value.isPresent() && !check.test(value.get())) {
            throw new IllegalArgumentException(name + " must be " + what);
        }
        return value;
    }

    Optional<String> text(String name) {
        return member(name, JsonNode::isTextual, "a string").map(JsonNode::textValue);
    }

    String required(String name) {
        return text(name).orElseThrow(() -> new IllegalArgumentException(name + " is missing"));
    }

    Optional<Long> number(String name) {
        return member(name, value -> value.isIntegralNumber() && value.canConvertToLong(), "an integer")
                .map(JsonNode::longValue);
    }

    boolean flag(String name) {
        return member(name, JsonNode::isBoolean, "true or false")
                .map(JsonNode::booleanValue)
                .orElse(false);
    }

    Optional<JsonNode> object(String name) {
        return member(name, JsonNode::isObject, "an object");
    }

    Optional<List<String>> texts(String name) {
        return member(name, Fields::isTexts, "an array of strings")
                .map(array -> StreamSupport.stream(array.spliterator(), false)
                        .map(JsonNode::textValue)
                        .toList());
    }

    private static boolean isTexts(JsonNode value) {
        return value.isArray()
                && StreamSupport.stream(value.spliterator(), false).allMatch(JsonNode::isTextual);
    }

    /** Checks that all members were read. A misspelt limit would be no limit. */
    void requireNoOther() {
        json.fieldNames().forEachRemaining(name -> {
            if (!read.contains(name)) {
                throw new IllegalArgumentException("there is no member " + name + "; there are "
                        + String.join(", ", read.stream().sorted().toList()));
            }
        });
    }
}
