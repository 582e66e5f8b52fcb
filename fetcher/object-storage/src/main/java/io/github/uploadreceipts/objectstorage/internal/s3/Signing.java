package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.internal.s3.S3Request.Parameter;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** AWS Signature Version 4 for S3: of header fields, of URLs, and of policies by which forms upload. */
final class Signing {

    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final String UNSIGNED = "UNSIGNED-PAYLOAD";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final S3Bucket bucket;

    Signing(S3Bucket bucket) {
        this.bucket = bucket;
    }

    /** Returns all fields of a request with those that sign it, but for {@code host}, which the HTTP client sends. */
    SortedMap<String, String> sign(S3Request request, S3Credentials credentials, Instant now) {
        String time = TIME.format(now);
        String hash = request.sha256();
        SortedMap<String, String> fields = new TreeMap<>(request.fields());
        fields.put("host", bucket.authority());
        fields.put("x-amz-content-sha256", hash);
        fields.put("x-amz-date", time);
        credentials.sessionToken().ifPresent(token -> fields.put("x-amz-security-token", token));
        String canonical =
                canonical(request.method(), bucket.path(request.key()), query(request.query()), fields, hash);
        String signature = requestSignature(canonical, credentials, time);
        fields.put(
                "authorization",
                ALGORITHM + " Credential=" + credentials.accessKeyId() + "/" + scope(time) + ", SignedHeaders="
                        + names(fields) + ", Signature=" + signature);
        fields.remove("host");
        return fields;
    }

    /**
     * Returns a URL that permits a request until {@code life} has passed. Who uses it sends the request's fields, as they
     * are here, and whatever else they like: other fields and the payload are not signed.
     */
    String presign(S3Request request, S3Credentials credentials, Instant now, Duration life) {
        String time = TIME.format(now);
        SortedMap<String, String> fields = new TreeMap<>(request.fields());
        fields.put("host", bucket.authority());
        List<Parameter> parameters = new ArrayList<>(request.query());
        parameters.add(new Parameter("X-Amz-Algorithm", ALGORITHM));
        parameters.add(new Parameter("X-Amz-Credential", credentials.accessKeyId() + "/" + scope(time)));
        parameters.add(new Parameter("X-Amz-Date", time));
        parameters.add(new Parameter("X-Amz-Expires", Long.toString(life.toSeconds())));
        credentials.sessionToken().ifPresent(token -> parameters.add(new Parameter("X-Amz-Security-Token", token)));
        parameters.add(new Parameter("X-Amz-SignedHeaders", names(fields)));
        String path = bucket.path(request.key());
        String query = query(parameters);
        String canonical = canonical(request.method(), path, query, fields, UNSIGNED);
        String signature = requestSignature(canonical, credentials, time);
        return bucket.scheme() + "://" + bucket.authority() + path + "?" + query + "&X-Amz-Signature=" + signature;
    }

    /** Returns the form fields that say who signs a policy, and when. The policy has to name each of them. */
    SortedMap<String, String> formFields(S3Credentials credentials, Instant now) {
        String time = TIME.format(now);
        SortedMap<String, String> fields = new TreeMap<>();
        fields.put("x-amz-algorithm", ALGORITHM);
        fields.put("x-amz-credential", credentials.accessKeyId() + "/" + scope(time));
        fields.put("x-amz-date", time);
        credentials.sessionToken().ifPresent(token -> fields.put("x-amz-security-token", token));
        return fields;
    }

    /**
     * Returns the form field {@code x-amz-signature}.
     *
     * @param policy the form field {@code policy}: the document in base64
     */
    String formSignature(String policy, S3Credentials credentials, Instant now) {
        return signature(policy, credentials, TIME.format(now));
    }

    /** Returns a query as it is signed and sent: encoded, and sorted by name and value. */
    static String query(List<Parameter> parameters) {
        return parameters.stream()
                .map(each -> new Parameter(UriText.encode(each.name()), UriText.encode(each.value())))
                .sorted(Comparator.comparing(Parameter::name).thenComparing(Parameter::value))
                .map(each -> each.name() + "=" + each.value())
                .collect(Collectors.joining("&"));
    }

    private static String canonical(
            String method, String path, String query, SortedMap<String, String> fields, String hash) {
        StringBuilder text = new StringBuilder(method + "\n" + path + "\n" + query + "\n");
        fields.forEach((name, value) -> text.append(name)
                .append(':')
                .append(value.strip().replaceAll(" +", " "))
                .append('\n'));
        return text.append('\n').append(names(fields)).append('\n').append(hash).toString();
    }

    private static String names(SortedMap<String, String> fields) {
        return String.join(";", fields.keySet());
    }

    private String scope(String time) {
        return time.substring(0, 8) + "/" + bucket.region() + "/s3/aws4_request";
    }

    private String requestSignature(String canonical, S3Credentials credentials, String time) {
        String hash = Digests.hex(Digests.sha256(StandardCharsets.UTF_8.encode(canonical)));
        return signature(ALGORITHM + "\n" + time + "\n" + scope(time) + "\n" + hash, credentials, time);
    }

    private String signature(String text, S3Credentials credentials, String time) {
        byte[] key = ("AWS4" + credentials.secretAccessKey()).getBytes(StandardCharsets.UTF_8);
        for (String part : scope(time).split("/", -1)) {
            key = hmac(key, part);
        }
        return HexFormat.of().formatHex(hmac(key, text));
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has HmacSHA256", e);
        }
    }
}
