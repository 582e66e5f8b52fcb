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

    /** How many characters a lease has. */
    static final int LEASE_LENGTH = 44;

    private static final int ID_BYTES = 8;
    private static final int MAX_SUBJECT = 256;
    private static final int MAX_SOURCE = 64;

    /** Returns a name for the link that gives nothing of its token away: 16 hexadecimal digits. */
    public String id() {
        byte[] hash = ContentDigest.newHash().digest(token.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(Arrays.copyOf(hash, ID_BYTES));
    }

    /** Returns a copy without what no link can need, so that it fits into a request to a peer. */
    LinkRequest bounded() {
        return new LinkRequest(
                token,
                password.filter(text -> !text.isEmpty() && text.length() <= PasswordVerifier.MAX_CHARACTERS),
                pass.filter(text -> text.length() == LinkPasses.LENGTH),
                lease.filter(text -> text.length() == LEASE_LENGTH),
                source.substring(0, Math.min(source.length(), MAX_SOURCE)),
                subject.filter(text -> text.length() <= MAX_SUBJECT),
                download);
    }

    /** Shows nothing that opens the link. */
    @Override
    public String toString() {
        return "LinkRequest[" + id() + "]";
    }
}
