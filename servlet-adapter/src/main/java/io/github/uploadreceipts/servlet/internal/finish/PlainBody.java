package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.engine.MemoryBudget;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A body of any type but a multipart form. */
final class PlainBody implements KindOfBody {

    private final HttpServletRequest request;
    private final FinalSettings settings;
    private final MediaType type;
    private final MemoryBudget.Share memory;
    private final KeptBytes kept;

    PlainBody(HttpServletRequest request, FinalSettings settings, MediaType type, MemoryBudget.Share memory) {
        this.request = request;
        this.settings = settings;
        this.type = type;
        this.memory = memory;
        this.kept = new KeptBytes(memory);
    }

    @Override
    public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
        kept.write(bytes, offset, length);
    }

    @Override
    public void end() {}

    @Override
    public Found search(List<IssuedReceipt> files) throws UploadRefusedException {
        try {
            FormFields fields = FormFields.NONE;
            List<String> tokens = List.of();
            if (type.essence().equals("application/x-www-form-urlencoded")) {
                byte[] body = readAll();
                fields = FormFields.parse(body, charset());
                tokens = fields.values(settings.field()).stream()
                        .map(String::strip)
                        .toList();
            } else if (isJson(type)) {
                tokens = JsonReceipts.read(kept.open(), settings, memory);
            }
            return new Found(tokens, ReplayedBody.plain(kept, fields));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // from memory there is none
        }
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

    /** Returns the fields as they came, and holds that, their text, and what is made of it. */
    private byte[] readAll() throws IOException, UploadRefusedException {
        memory.hold(4 * kept.size());
        byte[] body = kept.open().readAllBytes();
        int fields = 1;
        for (byte b : body) {
            fields += b == '&' ? 1 : 0;
        }
        memory.hold((long) MemoryBudget.OBJECT_SIZE * Math.min(fields, FormFields.MAX_COUNT));
        return body;
    }

    private static boolean isJson(MediaType type) {
        return type.essence().equals("application/json") || type.essence().endsWith("+json");
    }
}
