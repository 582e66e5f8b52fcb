package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.receipt.ContentDigest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A request for a share link, as far as it matters who may use the link.
 *
 * @param token the last segment of the link's path, as the client sent it
 * @param password the password that came with the request
 * @param pass what the client was given for an earlier right password, see {@link Admission#pass}
 * @param lease what the client was given for a download that it continues, see {@link Admission#lease}
 * @param source the client's address
 * @param subject the signed-in user
 * @param download whether the request is for the bytes; if not, it counts as no download
 */
public record LinkRequest(
        String token,
        Optional<String> password,
        Optional<String> pass,
        Optional<String> lease,
        String source,
        Optional<String> subject,
        boolean download) {

    private static final int ID_BYTES = 8;

    /** Returns a name for the link that gives nothing of its token away: 16 hexadecimal digits. */
    public String id() {
        byte[] hash = ContentDigest.newHash().digest(token.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(Arrays.copyOf(hash, ID_BYTES));
    }
}
