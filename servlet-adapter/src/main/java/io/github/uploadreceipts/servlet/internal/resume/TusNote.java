package io.github.uploadreceipts.servlet.internal.resume;

/**
 * What a client said when it created an upload. Responses repeat it.
 *
 * @param concat the value of {@code Upload-Concat}; empty if there was none
 * @param metadata the value of {@code Upload-Metadata}; empty if there was none
 */
record TusNote(String concat, String metadata) {

    /** The longest field that front servers accept in a response. The URLs of more partial uploads are left out. */
    private static final int MAX_CONCAT = 2048;

    TusNote {
        concat = concat.length() > MAX_CONCAT ? "final;" : concat;
    }

    static TusNote parse(String text) {
        int end = text.indexOf('\n'); // no field contains a line break
        return new TusNote(text.substring(0, end), text.substring(end + 1));
    }

    @Override
    public String toString() {
        return concat + "\n" + metadata;
    }
}
