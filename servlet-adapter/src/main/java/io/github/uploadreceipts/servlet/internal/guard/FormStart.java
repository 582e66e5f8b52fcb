package io.github.uploadreceipts.servlet.internal.guard;

import io.github.uploadreceipts.internal.engine.MemoryBudget;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.finish.FormFields;
import io.github.uploadreceipts.servlet.internal.finish.KeptBytes;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import io.github.uploadreceipts.servlet.internal.receive.MultipartParser;
import io.github.uploadreceipts.servlet.internal.receive.PartHeaders;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The start of a form: its bytes, which are all kept, and the fields in them. What is malformed in it is left to the
 * filter that receives the form.
 */
final class FormStart implements BodyParser {

    private static final String URLENCODED = "application/x-www-form-urlencoded";
    private static final String MULTIPART = "multipart/form-data";

    /** How much of a multipart form is read. Its first file may come earlier. */
    private static final int MOST_BEFORE_FILES = 64 << 10;

    /** How often a field is held beside the form: as bytes, and as text. */
    private static final int TIMES_HELD = 3;

    private final MemoryBudget.Share memory;
    private final Charset charset;
    private final Optional<MultipartParser> parser;
    private final Map<String, List<String>> parts = new LinkedHashMap<>();
    private KeptBytes kept;
    private boolean wantsMore = true;
    private FormFields fields = FormFields.NONE;

    private FormStart(Charset charset, Optional<MediaType> multipart, MemoryBudget.Share memory)
            throws UploadRefusedException {
        this.memory = memory;
        this.charset = charset;
        this.kept = new KeptBytes(memory);
        this.parser = multipart.isPresent()
                ? Optional.of(MultipartParser.create(multipart.get(), new Fields()))
                : Optional.empty();
    }

    static FormStart of(MediaType type, HttpServletRequest request, MemoryBudget.Share memory)
            throws UploadRefusedException {
        return isMultipart(type)
                ? new FormStart(StandardCharsets.UTF_8, Optional.of(type), memory)
                : new FormStart(FormFields.charset(request), Optional.empty(), memory);
    }

    /** Returns whether a body of this type is a form. */
    static boolean isForm(MediaType type) {
        return type.essence().equals(URLENCODED) || isMultipart(type);
    }

    static boolean isMultipart(MediaType type) {
        return type.essence().equals(MULTIPART);
    }

    boolean isMultipart() {
        return parser.isPresent();
    }

    /** The fields of a multipart form before its first file. */
    private final class Fields implements MultipartParser.Handler {

        private final ByteArrayOutputStream content = new ByteArrayOutputStream();
        private PartHeaders headers = PartHeaders.NONE;

        @Override
        public void beginPart(PartHeaders begun, int headerSize) throws UploadRefusedException {
            headers = begun;
            content.reset();
            wantsMore &= !begun.isFile();
        }

        @Override
        public void content(ByteBuffer bytes) throws UploadRefusedException {
            if (wantsMore) {
                memory.hold((long) TIMES_HELD * bytes.remaining());
                content.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            }
        }

        @Override
        public void endPart() {
            if (wantsMore) {
                parts.computeIfAbsent(headers.name(), name -> new ArrayList<>())
                        .add(content.toString(StandardCharsets.UTF_8));
            }
        }

        @Override
        public void keeps(int bytes) throws UploadRefusedException {
            memory.hold(bytes);
        }
    }

    @Override
    public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
        kept.write(bytes, offset, length);
        if (parser.isPresent() && wantsMore) {
            try {
                parser.get().push(bytes, offset, length);
            } catch (UploadRefusedException e) {
                if (e.problem().status() != HttpServletResponse.SC_BAD_REQUEST) {
                    throw e;
                }
                wantsMore = false; // malformed; the filter that receives the form says so
            }
            wantsMore &= kept.size() < MOST_BEFORE_FILES;
        }
    }

    @Override
    public boolean wantsMore() {
        return wantsMore;
    }

    @Override
    public void end() {
        wantsMore = false;
    }

    /** Finds the fields in what has been read. */
    void parse() throws IOException, UploadRefusedException {
        if (isMultipart()) {
            fields = new FormFields(parts);
        } else {
            memory.hold(TIMES_HELD * kept.size());
            fields = FormFields.parse(kept.open().readAllBytes(), charset, memory);
            memory.giveBack((TIMES_HELD - 1) * kept.size());
        }
    }

    FormFields fields() {
        return fields;
    }

    /** Opens what has been read, until it is taken. */
    InputStream open() throws IOException {
        return kept.open();
    }

    /** Hands over what has been read. */
    InputStream take() throws IOException {
        InputStream read = kept.open();
        memory.giveBack(kept.size());
        kept = new KeptBytes(memory);
        return read;
    }

    void close() {
        memory.close();
    }
}
