package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The {@code Upload-Metadata} field of tus 1.0.0: pairs of a key and a value in Base64, separated by commas.
 *
 * @param text the field as it was sent
 * @param values the decoded values by their keys
 */
record UploadMetadata(String text, Map<String, String> values) {

    private static final String PATH = "relativePath";

    /** The keys whose values must be text. Those of others may be any bytes, and are only repeated. */
    private static final Set<String> READ = Set.of("filename", "name", "filetype", "type", PATH);

    static final UploadMetadata NONE = new UploadMetadata("", Map.of());

    private static final int MAX_LENGTH = 2048;
    private static final int MAX_PAIRS = 32;
    private static final Pattern TEXT = Pattern.compile("[\t -~]*"); // what responses can repeat
    private static final Pattern KEY = Pattern.compile("[!-+\\--~]+"); // visible ASCII but the comma

    UploadMetadata {
        values = Map.copyOf(values);
    }

    /**
     * Parses the field.
     *
     * @throws UploadRefusedException if it is malformed, or larger than responses can repeat
     */
    static UploadMetadata parse(String text) throws UploadRefusedException {
        if (text.length() > MAX_LENGTH) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.FIELDS_TOO_LARGE,
                    "Upload-Metadata may have at most " + MAX_LENGTH + " characters.",
                    MAX_LENGTH,
                    text.length()));
        }
        if (!TEXT.matcher(text).matches()) {
            throw malformed();
        }
        Map<String, String> values = new HashMap<>();
        for (String pair : text.isBlank() ? new String[0] : text.split(",", -1)) {
            String[] parts = pair.strip().split(" ", 2);
            byte[] value = parts.length == 1 ? new byte[0] : decode(parts[1].strip());
            String decoded = READ.contains(parts[0]) ? text(value) : new String(value, StandardCharsets.UTF_8);
            boolean valid = KEY.matcher(parts[0]).matches() && values.put(parts[0], decoded) == null;
            if (!valid || values.size() > MAX_PAIRS) {
                throw malformed();
            }
        }
        return new UploadMetadata(text, values);
    }

    private static byte[] decode(String base64) throws UploadRefusedException {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
    }

    private static String text(byte[] value) throws UploadRefusedException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(value))
                    .toString();
        } catch (CharacterCodingException e) {
            throw malformed();
        }
    }

    private static UploadRefusedException malformed() {
        return new UploadRefusedException(Problem.of(
                ProblemType.MALFORMED_REQUEST,
                "Upload-Metadata must be at most " + MAX_PAIRS
                        + " pairs of a key and a value in Base64, each key once, and name, type and path UTF-8 text."));
    }

    String name() {
        return first("filename", "name").orElse("");
    }

    Optional<String> type() {
        return first("filetype", "type");
    }

    /** Returns the path of a file in a folder. For others, clients send nothing, the name, or the word "null". */
    Optional<String> path() {
        return Optional.ofNullable(values.get(PATH)).filter(path -> path.indexOf('/', 1) > 0);
    }

    private Optional<String> first(String key, String otherwise) {
        return Optional.ofNullable(values.get(key)).or(() -> Optional.ofNullable(values.get(otherwise)));
    }
}
