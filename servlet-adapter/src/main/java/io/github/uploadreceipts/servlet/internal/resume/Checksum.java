package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The checksum of the bytes of one request: a {@code Content-Digest} (RFC 9530), or the {@code Upload-Checksum} of
 * tus 1.0.0. The latter comes in a header field or in a trailer field. The algorithm of a trailer is not known
 * beforehand, so all of them are run.
 */
public final class Checksum {

    /** The name of the field. */
    static final String FIELD = "Upload-Checksum";

    /** The algorithms, as {@code Tus-Checksum-Algorithm} names them. */
    static final String ALGORITHMS = "sha1,sha256";

    private static final Map<String, String> NAMES = Map.of("sha1", "SHA-1", "sha256", "SHA-256");

    private final HttpServletRequest request;
    private final Optional<Value> announced;
    private final Map<String, MessageDigest> hashes;

    private record Value(String algorithm, ByteBuffer bytes) {

        static Value parse(String field) throws UploadRefusedException {
            String[] parts = field.strip().split(" +", 2);
            if (parts.length == 2 && NAMES.containsKey(parts[0])) {
                try {
                    return new Value(
                            parts[0], ByteBuffer.wrap(Base64.getDecoder().decode(parts[1])));
                } catch (IllegalArgumentException e) {
                    // refused below
                }
            }
            throw new UploadRefusedException(Problem.of(
                    ProblemType.MALFORMED_REQUEST,
                    "Upload-Checksum must be one of " + ALGORITHMS + ", a space, and the checksum in Base64."));
        }
    }

    private Checksum(HttpServletRequest request, Optional<Value> announced) {
        this.request = request;
        this.announced = announced;
        this.hashes = announced
                .map(value -> Map.of(value.algorithm(), newHash(value.algorithm())))
                .orElseGet(() -> Map.of("sha1", newHash("sha1"), "sha256", newHash("sha256")));
    }

    private static MessageDigest newHash(String algorithm) {
        try {
            return MessageDigest.getInstance(NAMES.get(algorithm));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }

    /**
     * Returns the checksum that a request has in a header field, or announces in a trailer field.
     *
     * @throws UploadRefusedException if it is malformed, or its algorithm is unknown
     */
    static Optional<Checksum> of(HttpServletRequest request) throws UploadRefusedException {
        String field = request.getHeader(FIELD);
        if (field != null) {
            return Optional.of(new Checksum(request, Optional.of(Value.parse(field))));
        }
        return isAwaited(request) ? Optional.of(new Checksum(request, Optional.empty())) : Optional.empty();
    }

    /** Returns the checksum of bytes that must have a SHA-256 digest. */
    static Checksum of(HttpServletRequest request, ContentDigest digest) {
        ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(digest.hex()));
        return new Checksum(request, Optional.of(new Value("sha256", bytes)));
    }

    private static boolean isAwaited(HttpServletRequest request) {
        return Collections.list(request.getHeaders("Trailer")).stream()
                .anyMatch(names -> names.toLowerCase(Locale.ROOT).contains("upload-checksum"));
    }

    /**
     * Checks that the checksum of a request can be relayed.
     *
     * @throws UploadRefusedException if it comes in a trailer field, which is not relayed
     */
    public static void requireNoTrailer(HttpServletRequest request) throws UploadRefusedException {
        if (request.getHeader(FIELD) == null && isAwaited(request)) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.MALFORMED_REQUEST,
                    "Another host keeps this upload: send Upload-Checksum as a header field."));
        }
    }

    void update(ByteBuffer bytes) {
        hashes.values().forEach(hash -> hash.update(bytes.duplicate()));
    }

    /**
     * Verifies the bytes that have come.
     *
     * @throws UploadRefusedException if they do not match the checksum, or if its trailer field is missing or malformed
     */
    void verify() throws UploadRefusedException {
        Value value = announced.isPresent() ? announced.get() : trailer();
        MessageDigest hash = hashes.get(value.algorithm());
        if (hash == null || !value.bytes().equals(ByteBuffer.wrap(hash.digest()))) {
            throw new UploadRefusedException(Problem.of(ProblemType.CHECKSUM_MISMATCH));
        }
    }

    private Value trailer() throws UploadRefusedException {
        String field =
                request.isTrailerFieldsReady() ? request.getTrailerFields().get(FIELD.toLowerCase(Locale.ROOT)) : null;
        if (field == null) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.MALFORMED_REQUEST,
                    "The trailer field Upload-Checksum is missing: send it as a header field."));
        }
        return Value.parse(field);
    }
}
