package io.github.uploadreceipts.servlet.internal.resume;

/**
 * What a client said when it created an upload, which it is told again.
 *
 * @param concat of {@code Upload-Concat}; empty if there was none
 * @param metadata of {@code Upload-Metadata}; empty if there was none
 */
record TusNote(String concat, String metadata) {

    /** Front servers take no longer fields from behind; the URLs of many pieces are then left out. */
    private static final int MAX_CONCAT = 2048;

    TusNote {
        concat = concat.length() > MAX_CONCAT ? "final;" : concat;
    }

    static TusNote parse(String text) {
        int end = text.indexOf('\n'); // which no field contains
        return new TusNote(text.substring(0, end), text.substring(end + 1));
    }

    @Override
    public String toString() {
        return concat + "\n" + metadata;
    }
}
