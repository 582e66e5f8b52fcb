package io.github.uploadreceipts.samples.share;

import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secrets by which the senders of files revoke their links: the MAC of the upload's id under a key of the
 * application. So any host can verify them, and none has to remember them.
 */
final class OwnerSecrets {

    private static final int KEY_BYTES = 32;

    private final SecretKeySpec key;

    private OwnerSecrets(byte[] key) {
        this.key = new SecretKeySpec(key, "HmacSHA256");
    }

    /** Returns the secrets under the key in a file, which is made if it is not there. */
    static OwnerSecrets at(Path file) throws IOException {
        if (!Files.exists(file)) {
            byte[] key = new byte[KEY_BYTES];
            new SecureRandom().nextBytes(key);
            var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
            Path draft = file.resolveSibling(file.getFileName() + ".new");
            Files.deleteIfExists(draft);
            try (var out = Files.newByteChannel(
                    draft, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), owner)) {
                out.write(java.nio.ByteBuffer.wrap(key));
            }
            Files.move(draft, file);
        }
        return new OwnerSecrets(Files.readAllBytes(file));
    }

    /** Returns the secret of an upload's owner. */
    String of(UploadId upload) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            byte[] bytes = mac.doFinal(upload.toString().getBytes(StandardCharsets.US_ASCII));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
    }

    /** Returns whether this is the secret of an upload's owner, in a time that does not tell how much of it is right. */
    boolean matches(UploadId upload, String secret) {
        return MessageDigest.isEqual(
                of(upload).getBytes(StandardCharsets.UTF_8), secret.getBytes(StandardCharsets.UTF_8));
    }
}
