package io.github.uploadreceipts.problem;

/** A token is refused. The {@link #reason} is for the log. The client learns only what {@link #problem} says. */
public final class TokenRefusedException extends RefusedException {

    private static final long serialVersionUID = 1;

    /** Why a token is refused, in the order of the checks. */
    public enum Reason {
        /** The token is longer than any token of its kind. */
        TOO_LONG("it is longer than any token of its kind"),
        /** The token is not a canonical compact serialization. */
        SHAPE("it is not a whole token: it was cut off or changed, or never was one"),
        /** The token is encrypted where it must not be, or the reverse. */
        PROTECTION("it is encrypted and must not be, or the reverse (encrypt-receipts must be the same on all hosts)"),
        /** The header is of another kind of token, names an unknown key, or is not one that this library writes. */
        HEADER("it is of another kind, or its key is not in this host's key ring (all hosts need the same file)"),
        /** The key has expired. */
        KEY_EXPIRED("its key has expired"),
        /** The signature or the authentication tag is wrong. */
        SEAL("it was changed, or signed with another key of the same name"),
        /** The claims are missing, malformed or not possible. */
        CLAIMS("its claims are missing, malformed or not possible"),
        /** The token is of another fleet. */
        ISSUER("it is of another fleet"),
        /** The token is for another consumer. */
        AUDIENCE("it is for another consumer"),
        /** The token was issued in the future. */
        ISSUED_LATER("it was issued after this host's current time (the clocks of all hosts must agree)"),
        /** The token has expired. */
        EXPIRED("it has expired"),
        /** The token is bound to a subject, and the request has another one or none. */
        SUBJECT("it is bound to a user, who is not the user of the request"),
        /** The token is for another request. */
        REQUEST("it is for another request");

        private final String sentence;

        Reason(String sentence) {
            this.sentence = sentence;
        }
    }

    private final Reason reason;
    private final String explanation;

    /**
     * Refuses a token.
     *
     * @param problem what the client may know about the reason
     */
    public TokenRefusedException(Reason reason, Problem problem) {
        this(reason, problem, "");
    }

    /**
     * Refuses a token.
     *
     * @param problem what the client may know about the reason
     * @param detail what the log says beside the reason; neither a token nor a key
     */
    public TokenRefusedException(Reason reason, Problem problem, String detail) {
        super("token refused: " + reason.sentence + detail, problem);
        this.reason = reason;
        this.explanation = reason.sentence + detail;
    }

    /** Returns why the token is refused. */
    public Reason reason() {
        return reason;
    }

    /** Returns why the token is refused, in words for the log. */
    public String explanation() {
        return explanation;
    }
}
