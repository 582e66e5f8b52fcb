package io.github.uploadreceipts.objectstorage.internal.swift;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.store.StoreException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Swift's temporary URLs. Each permits one method on one object until a point in time. */
final class TempUrls {

    private final SwiftRequests requests;
    private final SwiftInfo info;
    private final @Nullable Supplier<String> key;
    private final Clock clock;

    TempUrls(SwiftRequests requests, SwiftInfo info, @Nullable Supplier<String> key, Clock clock) {
        this.requests = requests;
        this.info = info;
        this.key = key;
        this.clock = clock;
    }

    boolean canSign() {
        return key != null;
    }

    URI url(String method, String name, Duration life) throws StoreException {
        return url(method, name, clock.instant().plus(life));
    }

    /** Returns a URL that Swift takes until that time, rounded up to a second. */
    URI url(String method, String name, Instant expiresAt) throws StoreException {
        if (key == null) {
            throw new StoreException.Failed("no temporary URL can be made: tempUrlKey is not set", null);
        }
        URI object = requests.uri(name, "");
        long seconds = seconds(expiresAt);
        String signature = signature(algorithm(info.get()), key.get(), method, seconds, object.getPath());
        return URI.create(object + "?temp_url_sig=" + signature + "&temp_url_expires=" + seconds);
    }

    /**
     * Returns the fields of a form by which a browser writes objects whose names begin so, until that time.
     *
     * @param next where Swift sends the browser
     */
    Map<String, String> form(String prefix, long maxSize, URI next, Instant expiresAt) throws StoreException {
        JsonNode known = info.get();
        if (!known.isMissingNode() && !known.has("formpost")) {
            throw new StoreException.Failed("this Swift takes no forms: /info does not list formpost", null);
        }
        if (key == null) {
            throw new StoreException.Failed("no form can be signed: tempUrlKey is not set", null);
        }
        String seconds = Long.toString(seconds(expiresAt));
        String text = String.join(
                "\n", requests.uri(prefix, "").getPath(), next.toString(), Long.toString(maxSize), "1", seconds);
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("redirect", next.toString());
        fields.put("max_file_size", Long.toString(maxSize));
        fields.put("max_file_count", "1");
        fields.put("expires", seconds);
        fields.put("signature", hmac(formAlgorithm(known), key.get(), text));
        return fields;
    }

    /** Rounds up. */
    static long seconds(Instant time) {
        return time.getEpochSecond() + (time.getNano() > 0 ? 1 : 0);
    }

    /** Signs as Swift does: the path is the decoded one. */
    static String signature(String algorithm, String key, String method, long expires, String path) {
        return hmac(algorithm, key, method + "\n" + expires + "\n" + path);
    }

    private static String hmac(String algorithm, String key, String text) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), algorithm));
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no " + algorithm, e);
        }
    }

    /** Forms have digests of their own; those before Swift 2.30 are signed by SHA-1 only, and do not say so. */
    private static String formAlgorithm(JsonNode info) throws StoreException {
        if (info.isMissingNode() || info.path("formpost").has("allowed_digests")) {
            return algorithm(info, "formpost");
        }
        throw new StoreException.Failed("this Swift signs forms by SHA-1 only: forms need Swift 2.30", null);
    }

    private static String algorithm(JsonNode info) throws StoreException {
        if (!info.isMissingNode() && !info.has("tempurl")) {
            throw new StoreException.Failed("this Swift makes no temporary URLs: /info does not list tempurl", null);
        }
        return algorithm(info, "tempurl");
    }

    private static String algorithm(JsonNode info, String way) throws StoreException {
        if (info.isMissingNode()) {
            return "HmacSHA256"; // every Swift of the last years takes this
        }
        Set<String> digests = new TreeSet<>();
        info.path(way).path("allowed_digests").forEach(digest -> digests.add(digest.asText()));
        if (digests.contains("sha256")) {
            return "HmacSHA256";
        }
        if (digests.contains("sha512")) {
            return "HmacSHA512";
        }
        throw new StoreException.Failed(
                "this Swift takes " + (way.equals("tempurl") ? "temporary URLs" : "forms") + " by " + digests
                        + " only; add sha256 to " + way + "'s allowed_digests",
                null);
    }
}
