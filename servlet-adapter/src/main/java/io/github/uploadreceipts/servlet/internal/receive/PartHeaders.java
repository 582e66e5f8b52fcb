package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.internal.http.ContentDisposition;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The header of one part of a form (RFC 7578).
 *
 * @param fields the values by lower-case names, in alphabetical order
 * @param disposition the part's {@code Content-Disposition}, which is {@code form-data}
 */
public record PartHeaders(Map<String, String> fields, ContentDisposition disposition) {

    /** Stands for the header before the first part. */
    public static final PartHeaders NONE =
            new PartHeaders(Map.of(), new ContentDisposition("form-data", Optional.empty(), Optional.empty()));

    private static final Pattern CONTROLS = Pattern.compile("[\\x00-\\x08\\x0A-\\x1F\\x7F]");
    private static final Set<String> IDENTITY_ENCODINGS = Set.of("7bit", "8bit", "binary");

    /**
     * Parses a header.
     *
     * @param bytes lines that each end in CR LF, without the empty line after them
     * @throws UploadRefusedException if a line is not a field, if a field comes twice, or if the part is not one of a
     *     form
     */
    static PartHeaders parse(byte[] bytes, int length) throws UploadRefusedException {
        Map<String, String> fields = new TreeMap<>();
        for (String line : decode(bytes, length).split("\r\n", -1)) {
            if (!line.isEmpty()) {
                addField(fields, line);
            }
        }
        ContentDisposition disposition = Optional.ofNullable(fields.get("content-disposition"))
                .flatMap(PartHeaders::parseDisposition)
                .filter(parsed -> parsed.type().equals("form-data"))
                .orElseThrow(() -> malformed("A part has no valid Content-Disposition: form-data."));
        requireIdentity(fields.getOrDefault("content-transfer-encoding", "binary"));
        return new PartHeaders(fields, disposition);
    }

    private static void addField(Map<String, String> fields, String line) throws UploadRefusedException {
        int colon = line.indexOf(':');
        String name = line.substring(0, Math.max(colon, 0)).toLowerCase(Locale.ROOT);
        boolean breaks = line.chars().anyMatch(c -> c == '\r' || c == '\n' || c == 0);
        if (!name.matches("[!#$%&'*+.^_`|~0-9a-z-]+") || breaks) {
            throw malformed("A part's header has a line that is not a field.");
        }
        if (fields.put(name, withoutControls(line.substring(colon + 1)).strip()) != null) {
            throw malformed("A part's header has a field twice.");
        }
    }

    /** Drops the control characters that browsers leave in a file's name. No field may have them when it is replayed. */
    private static String withoutControls(String value) {
        return CONTROLS.matcher(value).replaceAll("");
    }

    /** Hands the text over undecoded, one character for each byte, because {@link ContentDisposition} decodes it. */
    private static Optional<ContentDisposition> parseDisposition(String text) {
        return ContentDisposition.parse(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
    }

    private static void requireIdentity(String transferEncoding) throws UploadRefusedException {
        if (!IDENTITY_ENCODINGS.contains(transferEncoding.toLowerCase(Locale.ROOT))) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.UNSUPPORTED_CONTENT, "Send parts without a Content-Transfer-Encoding."));
        }
    }

    /** Decodes a header as UTF-8, in which forms are sent. If it is not UTF-8, each byte becomes one character. */
    private static String decode(byte[] bytes, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
        }
    }

    static UploadRefusedException malformed(String detail) {
        return new UploadRefusedException(Problem.of(ProblemType.MALFORMED_MULTIPART, detail));
    }

    /** Returns the name of the form field; empty if it has none. */
    public String name() {
        return disposition.name().orElse("");
    }

    /** Returns whether the part is a file field. If it was left empty, browsers send an empty file name. */
    public boolean isFile() {
        return disposition.fileName().isPresent();
    }

    /** Returns the header as text, with a line break after each line. */
    public String text() {
        return fields.entrySet().stream()
                .map(field -> field.getKey() + ": " + field.getValue() + "\r\n")
                .collect(Collectors.joining());
    }

    /** Returns the part's media type, if it has one. */
    public Optional<String> contentType() {
        return Optional.ofNullable(fields.get("content-type"));
    }
}
