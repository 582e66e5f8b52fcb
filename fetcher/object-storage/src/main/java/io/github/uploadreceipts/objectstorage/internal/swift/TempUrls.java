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
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Swift's temporary URLs. Each permits one method on one object until a point in time. */
final class TempUrls {

    private static final int LARGEST_INFO = 64 * 1024;

    private final SwiftRequests requests;
    private final @Nullable Supplier<String> key;
    private final Clock clock;
    private volatile @Nullable String algorithm;

    TempUrls(SwiftRequests requests, @Nullable Supplier<String> key, Clock clock) {
        this.requests = requests;
        this.key = key;
        this.clock = clock;
    }

    URI url(String method, String name, Duration life) throws StoreException {
        if (key == null) {
            throw new StoreException.Failed("no temporary URL can be made: tempUrlKey is not set", null);
        }
        URI object = requests.uri(name, "");
        Instant expires = clock.instant().plus(life);
        long seconds = expires.getEpochSecond() + (expires.getNano() > 0 ? 1 : 0);
        String signature = signature(algorithm(), key.get(), method, seconds, object.getPath());
        return URI.create(object + "?temp_url_sig=" + signature + "&temp_url_expires=" + seconds);
    }

    /** Signs as Swift does: the path is the decoded one. */
    static String signature(String algorithm, String key, String method, long expires, String path) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), algorithm));
            String text = method + "\n" + expires + "\n" + path;
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no " + algorithm, e);
        }
    }

    private String algorithm() throws StoreException {
        String known = algorithm;
        if (known == null) {
            known = requests.send(requests.info(), response -> {
                if (response.status() == 403 || response.status() == 404) {
                    return "HmacSHA256"; // the operator does not show it; every Swift of the last years takes this
                }
                if (response.status() != 200) {
                    throw response.failure();
                }
                return choose(SwiftClient.json(response, response.body(LARGEST_INFO)));
            });
            algorithm = known;
        }
        return known;
    }

    private static String choose(JsonNode info) throws StoreException {
        if (!info.has("tempurl")) {
            throw new StoreException.Failed("this Swift makes no temporary URLs: /info does not list tempurl", null);
        }
        Set<String> digests = new TreeSet<>();
        info.path("tempurl").path("allowed_digests").forEach(digest -> digests.add(digest.asText()));
        if (digests.contains("sha256")) {
            return "HmacSHA256";
        }
        if (digests.contains("sha512")) {
            return "HmacSHA512";
        }
        throw new StoreException.Failed(
                "this Swift takes temporary URLs by " + digests + " only; add sha256 to tempurl's allowed_digests",
                null);
    }
}
