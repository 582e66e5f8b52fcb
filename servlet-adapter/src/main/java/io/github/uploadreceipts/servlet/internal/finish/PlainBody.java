package io.github.uploadreceipts.servlet.internal.finish;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A body of any type but a multipart form. */
final class PlainBody implements KindOfBody {

    private static final int MAX_JSON_DEPTH = 64;
    private static final StrictJson JSON = StrictJson.ofDepth(MAX_JSON_DEPTH);

    private final HttpServletRequest request;
    private final FinalSettings settings;
    private final MediaType type;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

    PlainBody(HttpServletRequest request, FinalSettings settings, MediaType type) {
        this.request = request;
        this.settings = settings;
        this.type = type;
    }

    @Override
    public void push(byte[] bytes, int offset, int length) {
        kept.write(bytes, offset, length);
    }

    @Override
    public void end() {}

    @Override
    public Found search(List<IssuedReceipt> files) throws UploadRefusedException {
        byte[] body = kept.toByteArray();
        FormFields fields = type.essence().equals("application/x-www-form-urlencoded")
                ? FormFields.parse(body, charset())
                : FormFields.NONE;
        List<String> tokens = isJson(type)
                ? jsonTokens(body, settings)
                : fields.values(settings.field()).stream().map(String::strip).toList();
        return new Found(tokens, ReplayedBody.plain(body, fields));
    }

    /**
     * Returns the charset of the body. Some containers look it up themselves, and throw what {@link Charset#forName}
     * throws.
     */
    private Charset charset() throws UploadRefusedException {
        try {
            String name = request.getCharacterEncoding();
            return name == null ? StandardCharsets.UTF_8 : Charset.forName(name);
        } catch (IllegalArgumentException e) {
            throw KindOfBody.malformed("The charset in Content-Type does not exist.");
        }
    }

    private static boolean isJson(MediaType type) {
        return type.essence().equals("application/json") || type.essence().endsWith("+json");
    }

    private static List<String> jsonTokens(byte[] body, FinalSettings settings) throws UploadRefusedException {
        JsonNode array;
        try {
            array = JSON.parse(body).at(settings.arrayPointer());
        } catch (IOException e) {
            throw KindOfBody.malformed("The body is not well-formed JSON.");
        }
        if (!array.isArray()) {
            throw KindOfBody.malformed("The body has no array of receipts at " + settings.arrayPointer() + ".");
        }
        List<String> tokens = new ArrayList<>();
        for (JsonNode element : array) {
            JsonNode receipt = element.at(settings.receiptPointer());
            if (!receipt.isTextual()) {
                throw KindOfBody.malformed(
                        "Element " + tokens.size() + " has no receipt at '" + settings.receiptPointer() + "'.");
            }
            tokens.add(receipt.textValue());
        }
        return tokens;
    }
}
