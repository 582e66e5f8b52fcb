package io.github.uploadreceipts.servlet.internal.finish;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.github.uploadreceipts.internal.engine.MemoryBudget;
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

    /** The parser holds the text of a string several times. No receipt is as long. */
    private static final int MAX_RECEIPT = 1 << 16;

    /** Ten for each of the fields that a form may have. */
    private static final int MAX_TOKENS = 10 * FormFields.MAX_COUNT;

    private static final StrictJson JSON = StrictJson.of(MAX_DEPTH, MAX_RECEIPT);

    private final JsonParser parser;
    private final FinalSettings settings;
    private final MemoryBudget.Share memory;
    private final long[] namesAt = new long[MAX_DEPTH + 2]; // what is held for the names of the open objects, by depth
    private final List<String> receipts = new ArrayList<>();
    private int tokens;
    private boolean found;
    private Optional<String> fault = Optional.empty();

    private JsonReceipts(JsonParser parser, FinalSettings settings, MemoryBudget.Share memory) {
        this.parser = parser;
        this.settings = settings;
        this.memory = memory;
    }

    /**
     * Reads a whole body, and returns its receipts in their order.
     *
     * @throws UploadRefusedException if it is not well-formed, has too many tokens, needs more memory than it may hold, or
     *     has no receipt where one should be
     */
    static List<String> read(InputStream body, FinalSettings settings, MemoryBudget.Share memory)
            throws IOException, UploadRefusedException {
        try (JsonParser parser = JSON.tokens(body)) {
            return new JsonReceipts(parser, settings, memory).read();
        } catch (StreamConstraintsException e) {
            throw KindOfBody.malformed(
                    "The body's JSON is nested too deeply, or has a name or a receipt that is too long.");
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
        holdNames(token);
        return token;
    }

    /** Holds the names of each object until it ends. The parser keeps them, to find duplicates. */
    private void holdNames(JsonToken token) throws IOException, UploadRefusedException {
        int depth = parser.getParsingContext().getNestingDepth();
        if (token == JsonToken.FIELD_NAME) {
            long size = MemoryBudget.OBJECT_SIZE + 2L * parser.currentName().length();
            memory.hold(size);
            namesAt[depth] += size;
        } else if (token == JsonToken.END_OBJECT) {
            memory.giveBack(namesAt[depth + 1]);
            namesAt[depth + 1] = 0;
        }
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
            String receipt = parser.getText();
            memory.hold(MemoryBudget.OBJECT_SIZE + 2L * receipt.length());
            receipts.add(receipt);
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
