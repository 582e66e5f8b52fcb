package io.github.uploadreceipts.spring.test;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Where the receipts are in a JSON body.
 *
 * @param array leads to the array, which is made if it is not there
 * @param receipt leads from an element to its receipt
 */
record JsonBody(JsonPointer array, JsonPointer receipt) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Returns a body with receipts added. */
    byte[] with(List<String> tokens, byte[] content) {
        try {
            JsonNode body = content.length == 0 ? empty() : JSON.readTree(content);
            ArrayNode elements = array.matches() ? (ArrayNode) body : ((ObjectNode) body).withArray(array);
            tokens.forEach(token -> elements.add(element(token)));
            return JSON.writeValueAsBytes(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ClassCastException e) {
            throw new IllegalStateException("the JSON body has no place for receipts at '" + array + "'", e);
        }
    }

    private JsonNode empty() {
        return array.matches() ? JSON.createArrayNode() : JSON.createObjectNode();
    }

    private JsonNode element(String token) {
        if (receipt.matches()) {
            return TextNode.valueOf(token);
        }
        ObjectNode element = JSON.createObjectNode();
        ObjectNode parent = receipt.head().matches() ? element : element.withObject(receipt.head());
        parent.put(receipt.last().getMatchingProperty(), token);
        return element;
    }
}
