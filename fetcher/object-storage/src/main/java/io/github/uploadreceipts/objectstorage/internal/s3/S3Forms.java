package io.github.uploadreceipts.objectstorage.internal.s3;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.direct.DirectStore.WriteRequest;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.internal.http.Request;
import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Forms by which browsers write objects. Each has a signed policy, which names every field that the form may have. A
 * signed URL is no substitute: it lets its holder add header fields, and some stores obey an {@code x-amz-copy-source}
 * among them.
 */
final class S3Forms {

    private static final String BOUNDARY = "upload-receipts-form";

    /** What the store replaces by the name of the file. */
    private static final String FILE_NAME = "${filename}";

    private static final Set<Integer> WRITTEN = Set.of(200, 201, 204);

    private final S3Requests writers;
    private final Signing signing;
    private final Clock clock;

    /** @param writers with the credentials that sign the policies */
    S3Forms(S3Requests writers, Clock clock) {
        this.writers = writers;
        this.signing = new Signing(writers.bucket());
        this.clock = clock;
    }

    Instant now() {
        return clock.instant();
    }

    /** Returns the form that writes an object of that key and size. */
    WriteRequest form(String key, long size, Instant expiresAt) throws StoreException {
        return form(key, Map.of(), size, size, expiresAt);
    }

    /**
     * Returns the form that writes objects whose keys begin so, and end with the name of the client's file.
     *
     * @param next where the store sends the browser
     */
    WriteRequest formForFile(String prefix, long maxSize, URI next, Instant expiresAt) throws StoreException {
        Map<String, String> more = Map.of("success_action_redirect", next.toString());
        return form(prefix + FILE_NAME, more, 0, maxSize, expiresAt);
    }

    private WriteRequest form(String key, Map<String, String> more, long least, long most, Instant expiresAt)
            throws StoreException {
        Instant now = clock.instant();
        Instant end = expiresAt.plusNanos(999_999_999).truncatedTo(ChronoUnit.SECONDS);
        S3Credentials credentials = writers.credentials();
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("key", key);
        fields.put("Content-Type", S3Client.TYPE);
        fields.putAll(more);
        fields.putAll(signing.formFields(credentials, now));
        String policy = policy(fields, least, most, end);
        fields.put("policy", policy);
        fields.put("x-amz-signature", signing.formSignature(policy, credentials, now));
        return new WriteRequest("POST", url(), Collections.unmodifiableMap(fields), end);
    }

    private URI url() {
        S3Bucket bucket = writers.bucket();
        return URI.create(bucket.scheme() + "://" + bucket.authority() + bucket.path(""));
    }

    private String policy(Map<String, String> fields, long least, long most, Instant end) {
        ObjectNode policy = StrictJson.object().put("expiration", end.toString().replace("Z", ".000Z"));
        ArrayNode conditions = policy.putArray("conditions");
        conditions.addObject().put("bucket", writers.bucket().name());
        fields.forEach((name, value) -> {
            if (value.endsWith(FILE_NAME)) {
                String prefix = value.substring(0, value.length() - FILE_NAME.length());
                conditions.addArray().add("starts-with").add("$" + name).add(prefix);
            } else {
                conditions.addObject().put(name, value);
            }
        });
        conditions.addArray().add("content-length-range").add(least).add(most);
        return Base64.getEncoder().encodeToString(policy.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a form as a browser does, and returns why the store has not taken it; empty if it has. */
    Optional<String> refusal(URI url, Map<String, String> fields, String file) throws StoreException {
        Request request = Request.of("POST", url, "a form of the writer")
                .with("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .body(ByteBuffer.wrap(encoded(fields, file).getBytes(StandardCharsets.UTF_8)));
        return writers.sendUnsigned(request, S3Forms::refusal);
    }

    private static Optional<String> refusal(Response response) throws StoreException {
        if (WRITTEN.contains(response.status())) {
            return Optional.empty();
        }
        StoreException failure = response.failure();
        if (failure instanceof StoreException.Failed) {
            return Optional.ofNullable(failure.getMessage());
        }
        throw failure; // it may take the form another time
    }

    private static String encoded(Map<String, String> fields, String file) {
        StringBuilder form = new StringBuilder();
        fields.forEach((name, value) -> part(form, "\"" + name + "\"", value));
        part(form, "\"file\"; filename=\"probe\"", file);
        return form.append("--" + BOUNDARY + "--\r\n").toString();
    }

    private static void part(StringBuilder form, String name, String value) {
        form.append("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=")
                .append(name)
                .append("\r\n\r\n")
                .append(value)
                .append("\r\n");
    }
}
