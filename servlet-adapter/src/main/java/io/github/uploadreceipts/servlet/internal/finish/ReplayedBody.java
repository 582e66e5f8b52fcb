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
 * A body that was read and can be read again: fields from memory, files from the store. A form is put together anew from
 * its parts, with their headers and content as they came, but without what stood before the first and behind the last.
 */
final class ReplayedBody {

    private final List<Content> pieces;
    private final FormFields fields;
    private final Optional<List<Part>> parts;

    private ReplayedBody(List<Content> pieces, FormFields fields, Optional<List<Part>> parts) {
        this.pieces = pieces;
        this.fields = fields;
        this.parts = parts;
    }

    /** Returns a body of any type but a multipart form. */
    static ReplayedBody plain(byte[] body, FormFields fields) {
        return new ReplayedBody(List.of(Content.of(body)), fields, Optional.empty());
    }

    /** Returns a multipart form whose files were stored with these receipts. */
    static ReplayedBody form(
            Engine engine, String boundary, List<FormParts.Part> formParts, List<IssuedReceipt> receipts) {
        List<Content> pieces = new ArrayList<>();
        Map<String, List<String>> fields = new LinkedHashMap<>();
        List<Part> parts = new ArrayList<>();
        for (FormParts.Part part : formParts) {
            Content content = part.file() == FormParts.Part.NO_FILE
                    ? Content.of(part.content())
                    : Content.of(engine, receipts.get(part.file()).receipt());
            pieces.add(Content.of("--" + boundary + "\r\n" + part.headers().text() + "\r\n"));
            pieces.add(content);
            pieces.add(Content.of("\r\n"));
            parts.add(new ReplayedPart(part.headers(), content));
            if (!part.headers().isFile()) {
                fields.computeIfAbsent(part.headers().name(), name -> new ArrayList<>())
                        .add(part.text());
            }
        }
        pieces.add(Content.of("--" + boundary + "--\r\n"));
        return new ReplayedBody(pieces, new FormFields(fields), Optional.of(parts));
    }

    long size() {
        return pieces.stream().mapToLong(Content::size).sum();
    }

    FormFields fields() {
        return fields;
    }

    /** Returns the parts of a multipart form; empty if the body is none. */
    Optional<List<Part>> parts() {
        return parts;
    }

    /** Opens the whole body; each piece is opened when it is reached. */
    InputStream open() {
        return new PiecesInputStream(pieces);
    }

    private static final class PiecesInputStream extends InputStream {

        private final List<Content> pieces;
        private int next;
        private InputStream current = InputStream.nullInputStream();

        PiecesInputStream(List<Content> pieces) {
            this.pieces = pieces;
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
            while (read < 0 && next < pieces.size()) {
                current.close();
                current = pieces.get(next++).open();
                read = current.read(bytes, offset, length);
            }
            return read;
        }

        @Override
        public void close() throws IOException {
            next = pieces.size();
            current.close();
        }
    }
}
