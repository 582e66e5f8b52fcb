package io.github.uploadreceipts.internal.direct;

import io.github.uploadreceipts.internal.engine.FileTerms;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.UploadId;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/** Record tokens, for tests of other packages. */
public final class TestRecords {

    private TestRecords() {}

    /** Returns the token of an upload by a user, which is valid for an hour. */
    public static String token(KeyRing ring, Clock clock, String user) {
        Instant until = clock.instant().plusSeconds(3600);
        return new DirectTokens(ring, clock).mint(begun(until, user), until);
    }

    /** Returns whether this is such a token. */
    public static boolean accepts(KeyRing ring, Clock clock, String token, String user) throws TokenRefusedException {
        Instant until = clock.instant().plusSeconds(3600);
        return new DirectTokens(ring, clock).verify(token).equals(begun(until, user));
    }

    private static DirectTerms begun(Instant until, String user) {
        UploadId id = UploadId.parse("AAECAwQFBgcICQoLDA0ODw");
        FileTerms terms = new FileTerms(
                id,
                "a.jpg",
                Optional.empty(),
                "a/b",
                Optional.of(user),
                Optional.empty(),
                Optional.empty(),
                5,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0);
        return new DirectTerms(terms, new DirectStore.Incoming(id, ExpiryHour.of(until)), 5, until);
    }
}
