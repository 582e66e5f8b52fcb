package io.github.uploadreceipts.problem;

/** A token is refused. The {@link #reason} is for the log; the client learns only what {@link #problem} says. */
public final class TokenRefusedException extends RefusedException {

    private static final long serialVersionUID = 1;

    /** Why a token is refused, in the order of the checks. */
    public enum Reason {
        /** Longer than tokens are. */
        TOO_LONG,
        /** Not a canonical compact serialization. */
        SHAPE,
        /** Encrypted where it must not be, or the reverse. */
        PROTECTION,
        /** Another kind of token, an unknown key, or a header that we do not write. */
        HEADER,
        /** The key's time is over. */
        KEY_EXPIRED,
        /** The signature or the authentication tag is wrong. */
        SEAL,
        /** The claims are not the strict JSON that we write. */
        CLAIMS,
        /** Of another fleet. */
        ISSUER,
        /** For another consumer. */
        AUDIENCE,
        /** Issued in the future. */
        ISSUED_LATER,
        /** Past its expiry. */
        EXPIRED,
        /** Of another subject, or of a subject where none is known. */
        SUBJECT,
        /** For another request. */
        REQUEST
    }

    private final Reason reason;

    /** Refuses for {@code reason}; {@code problem} is what the client may know of it. */
    public TokenRefusedException(Reason reason, Problem problem) {
        super("token refused: " + reason, problem);
        this.reason = reason;
    }

    /** Returns why. */
    public Reason reason() {
        return reason;
    }
}
