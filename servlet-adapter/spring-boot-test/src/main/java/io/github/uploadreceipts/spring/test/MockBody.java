package io.github.uploadreceipts.spring.test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.multipart.MultipartHttpServletRequest;

/**
 * The body of a mock request. MockMvc leaves parameters and files beside the body, where no client can send them; here
 * they are written into the form that the filters read.
 */
final class MockBody {

    private static final Set<String> METHODS = Set.of("POST", "PUT", "PATCH");

    private final MockHttpServletRequest request;
    private final @Nullable MediaType type;

    private MockBody(MockHttpServletRequest request) {
        this.request = request;
        this.type = type(request.getContentType());
    }

    private static @Nullable MediaType type(@Nullable String text) {
        try {
            return text == null ? null : MediaType.parseMediaType(text);
        } catch (InvalidMediaTypeException e) { // to which the application responds
            return null;
        }
    }

    /** Writes a form's parameters and files into its body. A request that is no form stays as it is. */
    static void completeForm(MockHttpServletRequest request) {
        MockBody body = new MockBody(request);
        if (isExpected(request) && body.type != null) {
            if (body.isMultipart()) {
                body.completeMultipart();
            } else if (MediaType.APPLICATION_FORM_URLENCODED.isCompatibleWith(body.type)) {
                body.completeUrlencoded();
            }
        }
    }

    /** Makes a request that has parameters, but no body, a form. */
    static void becomeForm(MockHttpServletRequest request) {
        if (isExpected(request)
                && request.getContentType() == null
                && content(request).length == 0
                && !new MockBody(request).missing("").isEmpty()) {
            request.setContentType(MediaType.APPLICATION_FORM_URLENCODED_VALUE);
        }
    }

    /** Returns whether the filters read the body of such a request. */
    static boolean isExpected(MockHttpServletRequest request) {
        return METHODS.contains(request.getMethod());
    }

    /** Returns the body, empty if there is none. */
    static byte[] content(MockHttpServletRequest request) {
        byte[] content = request.getContentAsByteArray();
        return content == null ? new byte[0] : content;
    }

    /** Replaces the body. */
    static void set(MockHttpServletRequest request, byte[] content) {
        request.setContent(content);
        request.removeHeader(HttpHeaders.CONTENT_LENGTH);
        request.addHeader(HttpHeaders.CONTENT_LENGTH, content.length);
    }

    private boolean isMultipart() {
        return MediaType.MULTIPART_FORM_DATA.isCompatibleWith(type);
    }

    private void completeUrlencoded() {
        StringBuilder form = new StringBuilder(new String(content(request), StandardCharsets.UTF_8));
        MultiValueMap<String, String> missing = missing(form.toString());
        if (missing.isEmpty()) {
            return;
        }
        missing.forEach((name, values) -> values.forEach(value -> form.append(form.isEmpty() ? "" : "&")
                .append(URLEncoder.encode(name, StandardCharsets.UTF_8))
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8))));
        set(request, form.toString().getBytes(StandardCharsets.UTF_8));
    }

    private void completeMultipart() {
        byte[] rest = content(request);
        String boundary = type == null ? null : type.getParameter("boundary");
        if (boundary == null) {
            boundary = "upload-receipts-test";
            request.setContentType(MediaType.MULTIPART_FORM_DATA_VALUE + ";boundary=" + boundary);
        }
        Parts parts = new Parts(boundary);
        missing("").forEach((name, values) -> values.forEach(value -> parts.field(name, value)));
        if (rest.length == 0) {
            if (request instanceof MultipartHttpServletRequest files) {
                files.getMultiFileMap().values().forEach(list -> list.forEach(parts::file));
            }
            parts.end();
        } else {
            parts.append(rest); // the fields come first, because a token after the files is not seen
        }
        set(request, parts.bytes.toByteArray());
    }

    /** Returns the parameters that are neither in the query nor in {@code form}. */
    private MultiValueMap<String, String> missing(String form) {
        MultiValueMap<String, String> written = new LinkedMultiValueMap<>();
        String query = request.getQueryString();
        decode(query == null ? "" : query, written);
        decode(form, written);
        MultiValueMap<String, String> missing = new LinkedMultiValueMap<>();
        request.getParameterMap().forEach((name, values) -> {
            List<String> left = new ArrayList<>(Arrays.asList(values));
            written.getOrDefault(name, List.of()).forEach(left::remove);
            if (!left.isEmpty()) {
                missing.put(name, left);
            }
        });
        return missing;
    }

    private static void decode(String form, MultiValueMap<String, String> fields) {
        for (String pair : form.split("&", -1)) {
            String[] both = pair.split("=", 2);
            fields.add(
                    URLDecoder.decode(both[0], StandardCharsets.UTF_8),
                    both.length < 2 ? "" : URLDecoder.decode(both[1], StandardCharsets.UTF_8));
        }
    }

    /** The parts of a form, written as browsers do. */
    private static final class Parts {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final String boundary;

        Parts(String boundary) {
            this.boundary = boundary;
        }

        void field(String name, String value) {
            begin(name, "");
            append(value.getBytes(StandardCharsets.UTF_8));
            write("\r\n");
        }

        void file(MultipartFile file) {
            String given = file.getOriginalFilename();
            String name = given == null || given.isEmpty() ? file.getName() : given;
            String type = file.getContentType();
            begin(
                    file.getName(),
                    "; filename=\"" + quoted(name) + "\"\r\nContent-Type: "
                            + (type == null ? MediaType.APPLICATION_OCTET_STREAM_VALUE : type));
            try {
                append(file.getBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            write("\r\n");
        }

        void end() {
            write("--" + boundary + "--\r\n");
        }

        void append(byte[] content) {
            bytes.writeBytes(content);
        }

        private void begin(String name, String more) {
            write("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + quoted(name) + "\"" + more
                    + "\r\n\r\n");
        }

        private static String quoted(String name) {
            return name.replace("\"", "%22").replace("\r", "%0D").replace("\n", "%0A");
        }

        private void write(String text) {
            append(text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
