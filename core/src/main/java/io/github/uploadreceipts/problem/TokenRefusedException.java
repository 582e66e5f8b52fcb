package io.github.uploadreceipts.problem;

/** A token is refused. The {@link #reason} is for the log. The client learns only what {@link #problem} says. */
public final class TokenRefusedException extends RefusedException {

    private static final long serialVersionUID = 1;

    /** Why a token is refused, in the order of the checks. */
    public enum Reason {
        /** The token is longer than any token of its kind. */
        TOO_LONG,
        /** The token is not a canonical compact serialization. */
        SHAPE,
        /** The token is encrypted where it must not be, or the reverse. */
        PROTECTION,
        /** The header is of another kind of token, names an unknown key, or is not one that this library writes. */
        HEADER,
        /** The key has expired. */
        KEY_EXPIRED,
        /** The signature or the authentication tag is wrong. */
        SEAL,
        /** The claims are missing, malformed or not possible. */
        CLAIMS,
        /** The token is of another fleet. */
        ISSUER,
        /** The token is for another consumer. */
        AUDIENCE,
        /** The token was issued in the future. */
        ISSUED_LATER,
        /** The token has expired. */
        EXPIRED,
        /** The token is bound to a subject, and the request has another one or none. */
        SUBJECT,
        /** The token is for another request. */
        REQUEST
    }

    private final Reason reason;

    /**
     * Refuses a token.
     *
     * @param problem what the client may know about the reason
     */
    public TokenRefusedException(Reason reason, Problem problem) {
        super("token refused: " + reason, problem);
        this.reason = reason;
    }

    /** Returns why the token is refused. */
    public Reason reason() {
        return reason;
    }
}
