package io.github.uploadreceipts.servlet.internal.finish;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.UnsupportedEncodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request whose parameters are read by us: those of the query string, then those of the form. */
public abstract class FieldsRequest extends HttpServletRequestWrapper {

    protected FieldsRequest(HttpServletRequest request) {
        super(request);
    }

    /** Returns the parameters. */
    protected abstract FormFields fields();

    @Override
    public final @Nullable String getParameter(String name) {
        List<String> values = fields().values(name);
        return values.isEmpty() ? null : values.get(0);
    }

    @Override
    public final String @Nullable [] getParameterValues(String name) {
        List<String> values = fields().values(name);
        return values.isEmpty() ? null : values.toArray(String[]::new);
    }

    @Override
    public final Enumeration<String> getParameterNames() {
        return Collections.enumeration(fields().byName().keySet());
    }

    @Override
    public final Map<String, String[]> getParameterMap() {
        Map<String, String[]> map = new LinkedHashMap<>();
        fields().byName().forEach((name, values) -> map.put(name, values.toArray(String[]::new)));
        return Collections.unmodifiableMap(map);
    }

    /** Returns what a reader decodes as containers do: without a charset ISO-8859-1 (Servlet 6.0, section 3.12). */
    protected final Charset charset() throws UnsupportedEncodingException {
        String name = getCharacterEncoding();
        try {
            return name == null ? StandardCharsets.ISO_8859_1 : Charset.forName(name);
        } catch (IllegalArgumentException e) {
            throw new UnsupportedEncodingException(name);
        }
    }
}
