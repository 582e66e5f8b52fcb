package io.github.uploadreceipts.servlet.internal.finish;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonToken;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The receipts in a JSON body. It is read token by token: a tree of it could take fifty times its size. */
final class JsonReceipts {

    private static final int MAX_DEPTH = 64;

    /** Ten for each of the fields that a form may have. The names in an object are kept, to find duplicates. */
    private static final int MAX_TOKENS = 10 * FormFields.MAX_COUNT;

    private static final StrictJson JSON = StrictJson.ofDepth(MAX_DEPTH);

    private final JsonParser parser;
    private final FinalSettings settings;
    private final List<String> receipts = new ArrayList<>();
    private int tokens;
    private boolean found;
    private Optional<String> fault = Optional.empty();

    private JsonReceipts(JsonParser parser, FinalSettings settings) {
        this.parser = parser;
        this.settings = settings;
    }

    /**
     * Reads a whole body, and returns its receipts in their order.
     *
     * @throws UploadRefusedException if it is not well-formed, has too many tokens, or has no receipt where one should be
     */
    static List<String> read(InputStream body, FinalSettings settings) throws IOException, UploadRefusedException {
        try (JsonParser parser = JSON.tokens(body)) {
            return new JsonReceipts(parser, settings).read();
        } catch (JacksonException | CharacterCodingException e) {
            throw malformed();
        }
    }

    private static UploadRefusedException malformed() {
        return KindOfBody.malformed("The body is not well-formed JSON.");
    }

    private List<String> read() throws IOException, UploadRefusedException {
        next();
        visitArray(JsonPointer.compile(settings.arrayPointer()));
        if (parser.nextToken() != null) {
            throw malformed();
        }
        if (!found) {
            throw KindOfBody.malformed("The body has no array of receipts at " + settings.arrayPointer() + ".");
        }
        if (fault.isPresent()) {
            throw KindOfBody.malformed(fault.get());
        }
        return receipts;
    }

    private JsonToken next() throws IOException, UploadRefusedException {
        JsonToken token = parser.nextToken();
        if (token == null) {
            throw malformed();
        }
        if (++tokens > MAX_TOKENS) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.FIELDS_TOO_LARGE,
                    "A JSON body may have at most " + MAX_TOKENS + " values, names and brackets.",
                    MAX_TOKENS,
                    tokens));
        }
        return token;
    }

    /** Passes the current value, and takes the receipts if it is the array or has it at {@code pointer}. */
    private void visitArray(JsonPointer pointer) throws IOException, UploadRefusedException {
        if (!pointer.matches()) {
            descend(pointer, this::visitArray);
        } else if (parser.currentToken() == JsonToken.START_ARRAY) {
            found = true;
            JsonPointer toReceipt = JsonPointer.compile(settings.receiptPointer());
            for (int index = 0; next() != JsonToken.END_ARRAY; index++) {
                int before = receipts.size();
                visitReceipt(toReceipt);
                if (receipts.size() == before && fault.isEmpty()) {
                    fault = Optional.of("Element " + index + " has no receipt at '" + settings.receiptPointer() + "'.");
                }
            }
        } else {
            pass();
        }
    }

    /** Passes the current value, and takes the receipt if it is one or has it at {@code pointer}. */
    private void visitReceipt(JsonPointer pointer) throws IOException, UploadRefusedException {
        if (!pointer.matches()) {
            descend(pointer, this::visitReceipt);
        } else if (parser.currentToken() == JsonToken.VALUE_STRING) {
            receipts.add(parser.getText());
        } else {
            pass();
        }
    }

    private interface Visit {
        void value(JsonPointer pointer) throws IOException, UploadRefusedException;
    }

    /** Passes the current value. What it has at the first step of {@code pointer} is visited with the other steps. */
    private void descend(JsonPointer pointer, Visit visit) throws IOException, UploadRefusedException {
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            while (next() != JsonToken.END_OBJECT) {
                boolean matches = pointer.matchesProperty(parser.currentName());
                next();
                visitOrPass(matches, pointer, visit);
            }
        } else if (parser.currentToken() == JsonToken.START_ARRAY) {
            for (int index = 0; next() != JsonToken.END_ARRAY; index++) {
                visitOrPass(pointer.matchesElement(index), pointer, visit);
            }
        }
    }

    private void visitOrPass(boolean matches, JsonPointer pointer, Visit visit)
            throws IOException, UploadRefusedException {
        if (matches) {
            visit.value(pointer.tail());
        } else {
            pass();
        }
    }

    /** Passes the current value. */
    private void pass() throws IOException, UploadRefusedException {
        int depth = 0;
        for (JsonToken token = parser.currentToken(); ; token = next()) {
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            if (depth == 0) {
                return;
            }
        }
    }
}
