package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.soak.Request.Kind;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The requests of a protocol of resumable uploads. */
enum Protocol {
    /** tus 1.0.0. */
    TUS {
        @Override
        Request creation(byte[] first, int length, boolean deferred, boolean partial) {
            return Request.of(
                    Kind.NEW,
                    "POST",
                    "/uploads",
                    VERSION
                            + (deferred ? "Upload-Defer-Length: 1\r\n" : length(length))
                            + (partial ? "Upload-Concat: partial\r\n" : "")
                            + (first.length > 0 ? BYTES : ""),
                    first);
        }

        @Override
        Request append(String target, int offset, byte[] bytes, int length, boolean last) {
            return Request.of(
                    Kind.APPEND,
                    "PATCH",
                    target,
                    VERSION + BYTES + offset(offset) + (last ? length(length) : ""),
                    bytes);
        }

        @Override
        Request status(String target) {
            return Request.of(Kind.STATUS, "HEAD", target, VERSION);
        }

        @Override
        boolean isComplete(Response response, int length) {
            return response.field("Upload-Offset").equals(Integer.toString(length))
                    && response.field("Upload-Defer-Length").isEmpty();
        }

        @Override
        Request checked(Request append) {
            return append.with("Upload-Checksum: sha1 " + sha1(append.body()) + "\r\n");
        }
    },

    /** Resumable Uploads for HTTP. */
    IETF {
        @Override
        Request creation(byte[] first, int length, boolean deferred, boolean partial) {
            return Request.of(
                    Kind.NEW,
                    "POST",
                    "/uploads",
                    DRAFT + "Upload-Complete: ?0\r\nContent-Type: image/png\r\n" + (deferred ? "" : length(length)),
                    first);
        }

        @Override
        Request append(String target, int offset, byte[] bytes, int length, boolean last) {
            return Request.of(
                    Kind.APPEND,
                    "PATCH",
                    target,
                    DRAFT + "Content-Type: application/partial-upload\r\n" + offset(offset) + "Upload-Complete: ?"
                            + (last ? 1 : 0) + "\r\n",
                    bytes);
        }

        @Override
        Request status(String target) {
            return Request.of(Kind.STATUS, "HEAD", target, DRAFT);
        }

        @Override
        boolean isComplete(Response response, int length) {
            return response.field("Upload-Complete").equals("?1");
        }

        @Override
        Request checked(Request append) {
            return append;
        }
    };

    /** The field of every request of tus. */
    static final String VERSION = "Tus-Resumable: 1.0.0\r\n";

    private static final String BYTES = "Content-Type: application/offset+octet-stream\r\n";
    private static final String DRAFT = "Upload-Draft-Interop-Version: 8\r\n";

    /** @param deferred whether the request does not say the length */
    abstract Request creation(byte[] first, int length, boolean deferred, boolean partial);

    /** @param last whether these are the last bytes */
    abstract Request append(String target, int offset, byte[] bytes, int length, boolean last);

    abstract Request status(String target);

    abstract boolean isComplete(Response response, int length);

    /** Returns the same request with a checksum of its bytes, if the protocol has that. */
    abstract Request checked(Request append);

    private static String length(int length) {
        return "Upload-Length: " + length + "\r\n";
    }

    private static String offset(int offset) {
        return "Upload-Offset: " + offset + "\r\n";
    }

    private static String sha1(byte[] bytes) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
