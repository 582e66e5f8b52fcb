package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.Part;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UnsupportedEncodingException;
import java.util.Collection;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The final request as the application sees it: as if its body had not been read. */
public final class ReplayedRequest extends FieldsRequest {

    private static final String CONTENT_LENGTH = "Content-Length";

    private final ReplayedBody body;
    private final FormFields parameters;
    private @Nullable ServletInputStream stream;
    private @Nullable BufferedReader reader;
    private volatile boolean begins;

    /**
     * Creates the request.
     *
     * @throws UploadRefusedException if the query string is malformed
     */
    ReplayedRequest(HttpServletRequest request, ReplayedBody body) throws UploadRefusedException {
        super(request);
        this.body = body;
        // the query string's parameters come before the body's (Servlet 6.0, section 3.1)
        this.parameters = FormFields.ofQuery(request.getQueryString()).and(body.fields());
    }

    /**
     * Says whether the application begins to serve the request. The dispatch may then be the second one, before which the
     * body was received: filters must not take it for one of the application's own, which many of them pass by.
     */
    public void begins(boolean value) {
        begins = value;
    }

    @Override
    public DispatcherType getDispatcherType() {
        return begins ? DispatcherType.REQUEST : super.getDispatcherType();
    }

    @Override
    public ServletInputStream getInputStream() {
        if (reader != null) {
            throw new IllegalStateException("getReader() was called before");
        }
        if (stream == null) {
            stream = new KeptStream(body.open(), this::getAsyncContext);
        }
        return stream;
    }

    @Override
    public BufferedReader getReader() throws UnsupportedEncodingException {
        if (stream != null) {
            throw new IllegalStateException("getInputStream() was called before");
        }
        if (reader == null) {
            reader = new BufferedReader(new InputStreamReader(body.open(), charset()));
        }
        return reader;
    }

    /** Closes the stream or the reader if the application has left it open. */
    public void close() throws IOException {
        if (stream != null) {
            stream.close();
        }
        if (reader != null) {
            reader.close();
        }
    }

    @Override
    public int getContentLength() {
        long size = body.size();
        return size > Integer.MAX_VALUE ? -1 : (int) size;
    }

    @Override
    public long getContentLengthLong() {
        return body.size();
    }

    @Override
    public @Nullable String getHeader(String name) {
        boolean length = name.equalsIgnoreCase(CONTENT_LENGTH) && super.getHeader(name) != null;
        return length ? Long.toString(body.size()) : super.getHeader(name);
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        String length = name.equalsIgnoreCase(CONTENT_LENGTH) ? getHeader(name) : null;
        return length != null ? Collections.enumeration(List.of(length)) : super.getHeaders(name);
    }

    @Override
    public int getIntHeader(String name) {
        return name.equalsIgnoreCase(CONTENT_LENGTH) && getHeader(name) != null
                ? getContentLength()
                : super.getIntHeader(name);
    }

    @Override
    protected FormFields fields() {
        return parameters;
    }

    @Override
    public Collection<Part> getParts() throws IOException, ServletException {
        return body.parts().isPresent() ? body.parts().get() : super.getParts();
    }

    @Override
    public @Nullable Part getPart(String name) throws IOException, ServletException {
        return getParts().stream()
                .filter(part -> part.getName().equals(name))
                .findFirst()
                .orElse(null);
    }
}
