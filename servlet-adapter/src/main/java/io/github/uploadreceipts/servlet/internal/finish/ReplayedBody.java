package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.servlet.internal.receive.FormParts;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A body that was read and can be read again: fields from memory, files from the store. A form is put together again
 * from its parts, with their headers and contents as they came. What stood before the first part and after the last is
 * left out.
 */
final class ReplayedBody {

    private final List<Content> contents;
    private final FormFields fields;
    private final Optional<List<Part>> parts;

    private ReplayedBody(List<Content> contents, FormFields fields, Optional<List<Part>> parts) {
        this.contents = contents;
        this.fields = fields;
        this.parts = parts;
    }

    /** Returns a body of any type but a multipart form. */
    static ReplayedBody plain(Content body, FormFields fields) {
        return new ReplayedBody(List.of(body), fields, Optional.empty());
    }

    /** Returns a multipart form whose files were stored with these receipts. */
    static ReplayedBody form(
            Engine engine, String boundary, List<FormParts.Part> formParts, List<IssuedReceipt> receipts) {
        List<Content> contents = new ArrayList<>();
        Map<String, List<String>> fields = new LinkedHashMap<>();
        List<Part> parts = new ArrayList<>();
        for (FormParts.Part part : formParts) {
            Content content = part.file() == FormParts.Part.NO_FILE
                    ? Content.of(part.content())
                    : Content.of(engine, receipts.get(part.file()).receipt());
            contents.add(Content.of("--" + boundary + "\r\n" + part.headers().text() + "\r\n"));
            contents.add(content);
            contents.add(Content.of("\r\n"));
            parts.add(new ReplayedPart(part.headers(), content));
            if (!part.headers().isFile()) {
                fields.computeIfAbsent(part.headers().name(), name -> new ArrayList<>())
                        .add(part.text());
            }
        }
        contents.add(Content.of("--" + boundary + "--\r\n"));
        return new ReplayedBody(contents, new FormFields(fields), Optional.of(parts));
    }

    long size() {
        return contents.stream().mapToLong(Content::size).sum();
    }

    FormFields fields() {
        return fields;
    }

    /** Returns the parts of a multipart form; empty for any other body. */
    Optional<List<Part>> parts() {
        return parts;
    }

    /** Opens the whole body. Each content is opened when it is reached. */
    InputStream open() {
        return new ContentsInputStream(contents);
    }

    private static final class ContentsInputStream extends InputStream {

        private final List<Content> contents;
        private int next;
        private InputStream current = InputStream.nullInputStream();

        ContentsInputStream(List<Content> contents) {
            this.contents = contents;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            int read = current.read(bytes, offset, length);
            while (read < 0 && next < contents.size()) {
                current.close();
                current = contents.get(next++).open();
                read = current.read(bytes, offset, length);
            }
            return read;
        }

        @Override
        public void close() throws IOException {
            next = contents.size();
            current.close();
        }
    }
}
