package io.github.uploadreceipts.internal.direct;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.engine.TermsClaims;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.token.ClaimReader;
import io.github.uploadreceipts.internal.token.PackedCodec;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.internal.token.TokenCodec;
import io.github.uploadreceipts.internal.token.TokenKind;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * Mints and verifies record tokens. Whoever has one can have its upload recorded, at any host. They are packed, because
 * they stand in URLs, and so clients cannot read them. Their fields are
 *
 * <pre>
 * key      16 bytes, where the client writes the bytes
 * hour     4 bytes, a time, after which what it has written is purged
 * named    1 byte, 1 if the file's name comes with its bytes, and 0 otherwise
 * size     8 bytes
 * expires  4 bytes, a time, when the upload expires
 * terms    a long text, the terms of the file as JSON
 * </pre>
 */
final class DirectTokens {

    private static final StrictJson JSON = StrictJson.ofDepth(4);

    private final PackedCodec codec;
    private final Clock clock;

    /** Mints and verifies with the keys of {@code ring}. */
    DirectTokens(KeyRing ring, Clock clock) {
        this.codec = new PackedCodec(ring, TokenKind.RECORD);
        this.clock = clock;
    }

    /** Returns the token for an upload. Whatever terms fit into a receipt fit into it. */
    String mint(DirectTerms begun, Instant expiresAt) {
        ObjectNode terms = StrictJson.object();
        TermsClaims.write(terms, begun.terms());
        PackedWriter fields = new PackedWriter()
                .id(begun.incoming().key())
                .time(begun.incoming().hour().start())
                .bytes(new byte[] {(byte) (begun.incoming().named() ? 1 : 0)})
                .number(begun.size())
                .time(begun.expiresAt())
                .longText(terms.toString());
        return codec.mint(fields, clock.instant(), expiresAt);
    }

    /**
     * Returns what {@code token} says.
     *
     * @throws TokenRefusedException if it is not such a token of this fleet, or has expired
     */
    DirectTerms verify(String token) throws TokenRefusedException {
        PackedReader fields =
                codec.verify(token, clock.instant(), TokenCodec.LEEWAY).fields();
        try {
            return read(fields);
        } catch (IOException | IllegalArgumentException | DateTimeException | ArithmeticException e) {
            throw codec.refused(Reason.CLAIMS);
        }
    }

    private static DirectTerms read(PackedReader fields) throws IOException {
        UploadId key = fields.id();
        ExpiryHour hour = ExpiryHour.of(fields.time());
        boolean named = fields.bytes(1)[0] == 1;
        long size = fields.number();
        Instant expiresAt = fields.time();
        byte[] terms = fields.longText().getBytes(StandardCharsets.UTF_8);
        fields.requireEnd();
        return new DirectTerms(
                TermsClaims.read(new ClaimReader(JSON.parseObject(terms))),
                new DirectStore.Incoming(key, hour, named),
                size,
                expiresAt);
    }
}
