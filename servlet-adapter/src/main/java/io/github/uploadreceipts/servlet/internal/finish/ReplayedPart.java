package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.servlet.internal.receive.PartHeaders;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A part of the final request's form, for the application. */
final class ReplayedPart implements Part {

    private final PartHeaders headers;
    private final Content content;

    ReplayedPart(PartHeaders headers, Content content) {
        this.headers = headers;
        this.content = content;
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return content.open();
    }

    @Override
    public @Nullable String getContentType() {
        return headers.contentType().orElse(null);
    }

    @Override
    public String getName() {
        return headers.name();
    }

    @Override
    public @Nullable String getSubmittedFileName() {
        return headers.disposition().fileName().orElse(null);
    }

    @Override
    public long getSize() {
        return content.size();
    }

    /**
     * Copies the content to a new file.
     *
     * @param fileName an absolute path, because no directory is configured for relative ones
     */
    @Override
    public void write(String fileName) throws IOException {
        Path target = Path.of(fileName);
        if (!target.isAbsolute()) {
            throw new IOException("a part can only be written to an absolute path, because no directory is configured");
        }
        try (InputStream in = content.open()) {
            Files.copy(in, target);
        }
    }

    /** Does nothing: a file is discarded by its receipt, and other fields are only in memory. */
    @Override
    public void delete() {}

    @Override
    public @Nullable String getHeader(String name) {
        return headers.fields().get(name.toLowerCase(Locale.ROOT));
    }

    @Override
    public Collection<String> getHeaders(String name) {
        String value = getHeader(name);
        return value == null ? List.of() : List.of(value);
    }

    @Override
    public Collection<String> getHeaderNames() {
        return headers.fields().keySet();
    }
}
