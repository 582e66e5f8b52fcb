package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.engine.MemoryBudget;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/** A body of any type but a multipart form. */
final class PlainBody implements KindOfBody {

    private final HttpServletRequest request;
    private final FinalSettings settings;
    private final MediaType type;
    private final MemoryBudget.Share memory;
    private final KeptBytes kept;
    private Optional<FormFields> byContainer = Optional.empty();

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

    /** Takes the parameters of a form from the container if a filter in front has made it read the form. */
    @Override
    public void endEmpty(boolean declared) throws RefusedException {
        if (isForm(type)) {
            byContainer = Optional.of(FormFields.ofContainer(request, memory, declared));
        } else {
            KindOfBody.super.endEmpty(declared);
        }
    }

    /** Returns whether receipts and other fields are looked for in a body of this type. */
    static boolean hasFields(MediaType type) {
        return isForm(type) || isJson(type);
    }

    private static boolean isForm(MediaType type) {
        return type.essence().equals("application/x-www-form-urlencoded");
    }

    @Override
    public Found search(List<IssuedReceipt> files) throws UploadRefusedException {
        try {
            FormFields fields = FormFields.NONE;
            List<String> tokens = List.of();
            if (isForm(type)) {
                fields = fields();
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

    private FormFields fields() throws IOException, UploadRefusedException {
        if (byContainer.isPresent()) {
            return byContainer.get();
        }
        memory.hold(4 * kept.size()); // as they came, and their text
        return FormFields.parse(kept.open().readAllBytes(), FormFields.charset(request), memory);
    }

    private static boolean isJson(MediaType type) {
        return type.essence().equals("application/json") || type.essence().endsWith("+json");
    }
}
