package io.github.uploadreceipts.objectstorage;

import java.util.Objects;
import java.util.Optional;

/**
 * The key by which requests to an S3 store are signed.
 *
 * @param accessKeyId the public half, which every request names
 * @param secretAccessKey the secret half, which no request and no text contains
 * @param sessionToken what comes with a key that is valid for a while
 */
public record S3Credentials(String accessKeyId, String secretAccessKey, Optional<String> sessionToken) {

    /** Checks that nothing is empty, and that the texts can stand in a header field. */
    public S3Credentials {
        check(accessKeyId, "accessKeyId");
        check(secretAccessKey, "secretAccessKey");
        Objects.requireNonNull(sessionToken, "sessionToken").ifPresent(token -> check(token, "sessionToken"));
    }

    /** Creates credentials that do not expire. */
    public S3Credentials(String accessKeyId, String secretAccessKey) {
        this(accessKeyId, secretAccessKey, Optional.empty());
    }

    private static void check(String value, String name) {
        Objects.requireNonNull(value, name);
        if (value.isEmpty() || !value.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw new IllegalArgumentException(name + " is empty, or has characters that no key has");
        }
    }

    /** Returns the access key id only. */
    @Override
    public String toString() {
        return "S3Credentials[" + accessKeyId + "]";
    }
}
