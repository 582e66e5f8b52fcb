package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.internal.token.PackedCodec;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.internal.token.TokenCodec;
import io.github.uploadreceipts.internal.token.TokenKind;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The form of questions between hosts, and of the responses. A question is a packed token with the internal URL of the
 * host that is asked (a long text), what is asked (a text) and its fields. A response is one with the first 16 bytes of
 * the SHA-256 of the question, 1 byte, and then fields; or, if that byte is 1, a problem's type (a text), the seconds of its
 * {@code Retry-After} (4 bytes, 0 if there are none) and its detail (a long text, empty if there is none). Both are
 * encrypted, because they may have passwords and keys.
 */
final class PeerMessages {

    private static final Duration LIFE = Duration.ofSeconds(60);
    private static final int HASH_BYTES = 16;

    private final Clock clock;
    private final OwnUrls own;
    private final PackedCodec questions;
    private final PackedCodec responses;

    /** A verified question. */
    record Asked(String action, PackedReader fields) {}

    PeerMessages(KeyRing ring, Clock clock, OwnUrls own) {
        this.clock = clock;
        this.own = own;
        this.questions = new PackedCodec(ring, TokenKind.QUESTION);
        this.responses = new PackedCodec(ring, TokenKind.QUESTION_RESPONSE);
    }

    /** @throws IllegalArgumentException if it would be too long */
    String question(URI peer, String action, PackedWriter fields) {
        Instant now = clock.instant();
        PackedWriter all =
                new PackedWriter().longText(peer.toString()).text(action).all(fields);
        return questions.mint(all, now, now.plus(LIFE));
    }

    Asked verify(String question) throws TokenRefusedException {
        PackedReader fields =
                questions.verify(question, clock.instant(), TokenCodec.LEEWAY).fields();
        try {
            if (!own.contain(URI.create(fields.longText()))) {
                throw questions.refused(Reason.AUDIENCE);
            }
            return new Asked(fields.text(), fields);
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
    }

    TokenRefusedException malformed() {
        return questions.refused(Reason.CLAIMS);
    }

    String response(String question, PackedWriter fields) {
        return response(question, 0, fields);
    }

    String refusal(String question, Problem problem) {
        int seconds = (int) problem.retryAfter().orElse(0);
        PackedWriter fields = new PackedWriter()
                .text(problem.type().name())
                .bytes(ByteBuffer.allocate(4).putInt(seconds).array())
                .longText(problem.detail().orElse(""));
        return response(question, 1, fields);
    }

    private String response(String question, int refused, PackedWriter fields) {
        Instant now = clock.instant();
        PackedWriter all = new PackedWriter()
                .bytes(hash(question))
                .bytes(new byte[] {(byte) refused})
                .all(fields);
        return responses.mint(all, now, now.plus(LIFE));
    }

    /**
     * Returns the fields of the response to a question.
     *
     * @throws TokenRefusedException if it is not a response of the fleet to this question
     * @throws UploadRefusedException if the peer has refused
     */
    PackedReader read(String question, String response) throws TokenRefusedException, UploadRefusedException {
        PackedReader fields =
                responses.verify(response, clock.instant(), TokenCodec.LEEWAY).fields();
        try {
            if (!Arrays.equals(fields.bytes(HASH_BYTES), hash(question))) {
                throw responses.refused(Reason.REQUEST);
            }
            if (fields.bytes(1)[0] == 0) {
                return fields;
            }
            throw new UploadRefusedException(problem(fields));
        } catch (IllegalArgumentException e) {
            throw responses.refused(Reason.CLAIMS);
        }
    }

    private static Problem problem(PackedReader fields) {
        ProblemType type = ProblemType.valueOf(fields.text());
        int seconds = ByteBuffer.wrap(fields.bytes(4)).getInt();
        Optional<String> detail = Optional.of(fields.longText()).filter(text -> !text.isEmpty());
        fields.requireEnd();
        return new Problem(
                type,
                detail,
                OptionalLong.empty(),
                OptionalLong.empty(),
                List.of(),
                seconds > 0 ? OptionalLong.of(seconds) : OptionalLong.empty());
    }

    private static byte[] hash(String question) {
        byte[] hash = ContentDigest.newHash().digest(question.getBytes(StandardCharsets.UTF_8));
        return Arrays.copyOf(hash, HASH_BYTES);
    }
}
