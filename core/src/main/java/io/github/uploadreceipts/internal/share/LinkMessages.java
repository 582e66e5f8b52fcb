package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.token.PackedCodec;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.internal.token.TokenCodec;
import io.github.uploadreceipts.internal.token.TokenKind;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * What hosts say to each other about short links. A request is a packed token with the internal URL of the host that is
 * asked (a long text), the {@linkplain Action action} (a text) and its fields. A response is one with the first 16 bytes
 * of the SHA-256 of the request, 1 byte, and then fields; or, if that byte is 1, a problem's type (a text) and the
 * seconds of its {@code Retry-After} (4 bytes, 0 if there are none). Both are encrypted, because they have passwords and
 * keys.
 */
final class LinkMessages {

    /** What a host is asked to do. */
    enum Action {
        CREATE,
        REVOKE,
        ADMIT,
        GIVE_BACK
    }

    private static final Duration LIFE = Duration.ofSeconds(60);
    private static final int HASH_BYTES = 16;
    private static final int PASSWORD = 1;
    private static final int PASS = 2;
    private static final int LEASE = 4;
    private static final int SUBJECT = 8;
    private static final int DOWNLOAD = 16;

    private final Engine engine;
    private final PackedCodec requests;
    private final PackedCodec responses;

    /** A verified request. */
    record Asked(Action action, PackedReader fields) {}

    LinkMessages(Engine engine) {
        this.engine = engine;
        this.requests = new PackedCodec(engine.keyRing(), TokenKind.LINK_REQUEST);
        this.responses = new PackedCodec(engine.keyRing(), TokenKind.LINK_RESPONSE);
    }

    /** @throws IllegalArgumentException if it would be too long */
    String request(URI peer, Action action, PackedWriter fields) {
        Instant now = engine.clock().instant();
        PackedWriter all =
                new PackedWriter().longText(peer.toString()).text(action.name()).all(fields);
        return requests.mint(all, now, now.plus(LIFE));
    }

    Asked verify(String request) throws TokenRefusedException {
        PackedReader fields = requests.verify(request, engine.clock().instant(), TokenCodec.LEEWAY)
                .fields();
        try {
            if (!engine.isOwn(URI.create(fields.longText()))) {
                throw requests.refused(Reason.AUDIENCE);
            }
            return new Asked(Action.valueOf(fields.text()), fields);
        } catch (IllegalArgumentException e) {
            throw requests.refused(Reason.CLAIMS);
        }
    }

    TokenRefusedException malformed() {
        return requests.refused(Reason.CLAIMS);
    }

    String response(String request, PackedWriter fields) {
        return response(request, 0, fields);
    }

    String refusal(String request, Problem problem) {
        int seconds = (int) problem.retryAfter().orElse(0);
        PackedWriter fields = new PackedWriter()
                .text(problem.type().name())
                .bytes(ByteBuffer.allocate(4).putInt(seconds).array());
        return response(request, 1, fields);
    }

    private String response(String request, int refused, PackedWriter fields) {
        Instant now = engine.clock().instant();
        PackedWriter all = new PackedWriter()
                .bytes(hash(request))
                .bytes(new byte[] {(byte) refused})
                .all(fields);
        return responses.mint(all, now, now.plus(LIFE));
    }

    /**
     * Returns the fields of the response to a request.
     *
     * @throws TokenRefusedException if it is not a response of the fleet to this request
     * @throws UploadRefusedException if the request was refused
     */
    PackedReader read(String request, String response) throws TokenRefusedException, UploadRefusedException {
        PackedReader fields = responses
                .verify(response, engine.clock().instant(), TokenCodec.LEEWAY)
                .fields();
        try {
            if (!Arrays.equals(fields.bytes(HASH_BYTES), hash(request))) {
                throw responses.refused(Reason.REQUEST);
            }
            if (fields.bytes(1)[0] == 0) {
                return fields;
            }
            ProblemType type = ProblemType.valueOf(fields.text());
            int seconds = ByteBuffer.wrap(fields.bytes(4)).getInt();
            throw new UploadRefusedException(seconds > 0 ? Problem.retryAfter(type, seconds) : Problem.of(type));
        } catch (IllegalArgumentException e) {
            throw responses.refused(Reason.CLAIMS);
        }
    }

    private static byte[] hash(String request) {
        byte[] hash = ContentDigest.newHash().digest(request.getBytes(StandardCharsets.UTF_8));
        return Arrays.copyOf(hash, HASH_BYTES);
    }

    static PackedWriter write(LinkRequest request) {
        int flags = (request.password().isPresent() ? PASSWORD : 0)
                | (request.pass().isPresent() ? PASS : 0)
                | (request.lease().isPresent() ? LEASE : 0)
                | (request.subject().isPresent() ? SUBJECT : 0)
                | (request.download() ? DOWNLOAD : 0);
        PackedWriter fields = new PackedWriter()
                .bytes(new byte[] {(byte) flags})
                .text(request.token())
                .text(request.source());
        request.password().ifPresent(fields::longText);
        request.pass().ifPresent(fields::text);
        request.lease().ifPresent(fields::text);
        request.subject().ifPresent(fields::longText);
        return fields;
    }

    static LinkRequest readRequest(PackedReader fields) {
        int flags = fields.bytes(1)[0];
        String token = fields.text();
        String source = fields.text();
        LinkRequest request = new LinkRequest(
                token,
                (flags & PASSWORD) == 0 ? Optional.empty() : Optional.of(fields.longText()),
                (flags & PASS) == 0 ? Optional.empty() : Optional.of(fields.text()),
                (flags & LEASE) == 0 ? Optional.empty() : Optional.of(fields.text()),
                source,
                (flags & SUBJECT) == 0 ? Optional.empty() : Optional.of(fields.longText()),
                (flags & DOWNLOAD) != 0);
        fields.requireEnd();
        return request;
    }

    static PackedWriter write(LinkTerms terms) {
        return new PackedWriter().time(terms.upload().expiresAt()).all(LinkTokens.write(terms));
    }

    static LinkTerms readTerms(PackedReader fields) {
        Instant expires = fields.time();
        return LinkTokens.read(fields, expires);
    }

    static PackedWriter write(Admission admission) {
        return new PackedWriter()
                .text(admission.pass().orElse(""))
                .text(admission.lease().orElse(""))
                .all(write(admission.terms()));
    }

    static Admission readAdmission(PackedReader fields) {
        Optional<String> pass = Optional.of(fields.text()).filter(text -> !text.isEmpty());
        Optional<String> lease = Optional.of(fields.text()).filter(text -> !text.isEmpty());
        return new Admission(readTerms(fields), pass, lease);
    }
}
