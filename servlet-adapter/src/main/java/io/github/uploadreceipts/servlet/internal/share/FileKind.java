package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.internal.http.MediaType;
import java.util.Set;

/**
 * What browsers may do with a file of some media type. The type is the word of whoever uploaded the file, so nothing that
 * could run is ever shown, or given its own type: a page of the same origin could be made to load it as its script.
 */
enum FileKind {
    IMAGE,
    AUDIO,
    VIDEO,
    TEXT,
    /** Is saved. */
    OTHER;

    private static final Set<String> IMAGES =
            Set.of("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif");

    static FileKind of(String type) {
        String essence = MediaType.ofBody(type).essence();
        if (IMAGES.contains(essence)) {
            return IMAGE;
        }
        if (essence.startsWith("audio/")) {
            return AUDIO;
        }
        if (essence.startsWith("video/")) {
            return VIDEO;
        }
        return essence.equals("text/plain") ? TEXT : OTHER;
    }

    /** Returns whether browsers may show the file. */
    boolean isShown() {
        return this != OTHER;
    }

    /** Returns the type that a response may say. */
    static String typeOf(String type) {
        return switch (of(type)) {
            case TEXT -> "text/plain; charset=utf-8";
            case OTHER -> isActive(MediaType.ofBody(type).essence()) ? MediaType.OCTET_STREAM.text() : type;
            case IMAGE, AUDIO, VIDEO -> type;
        };
    }

    private static boolean isActive(String essence) {
        return essence.startsWith("text/")
                || essence.matches(".*([/+]xml|script|html|shockwave|wasm).*")
                || !essence.matches("(application|font|model|image)/[a-z0-9.+_-]+");
    }
}
