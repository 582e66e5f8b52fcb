package io.github.uploadreceipts.spring;

/** The paths at which hosts ask each other, and at which no user is signed in. */
final class InternalPaths {

    /** Where the delivery filter serves stored uploads. */
    static final String UPLOADS = "/internal/uploads/*";

    /** Where the upload filter takes what other hosts relay. */
    static final String RELAY = "/internal/relay";

    private InternalPaths() {}
}
