package io.github.uploadreceipts.internal.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Paths of files in folders that clients upload, such as {@code Holidays/Day 1/a.jpg}: the names of the folders and of the
 * file, joined by slashes. They are shown to people and kept by applications. This library opens none of them.
 */
public final class FilePath {

    /** How many bytes, in UTF-8, a path has at most. */
    public static final int MAX_BYTES = 1024;

    /** How many names a path has at most. */
    public static final int MAX_LEVELS = 32;

    private FilePath() {}

    /**
     * Returns the safe form of a client's path. Each name becomes safe as the name of a file does, if that only composes
     * its characters, replaces colons or changes its end: two folders must not become one. Some clients write a slash
     * before the first name.
     *
     * @throws IllegalArgumentException if the path is not safe, too long or too deep, or has no folder
     */
    public static String parse(String path) {
        String relative = path.startsWith("/") ? path.substring(1) : path;
        String safe = segments(relative).stream().map(FilePath::segment).collect(Collectors.joining("/"));
        requireSafe(safe);
        return safe;
    }

    private static String segment(String text) {
        String segment = FileName.composed(text);
        if (!FileName.isSafe(segment)) {
            throw new IllegalArgumentException(
                    "A name in a path must not be empty, consist of dots, have a backslash or"
                            + " a control character, or be longer than " + FileName.MAX_BYTES + " bytes.");
        }
        return segment;
    }

    /**
     * Checks a path.
     *
     * @throws IllegalArgumentException if it is not one that {@link #parse} returns
     */
    public static void requireSafe(String path) {
        List<String> segments = segments(path);
        int bytes = path.getBytes(StandardCharsets.UTF_8).length;
        if (segments.size() < 2 || segments.size() > MAX_LEVELS || bytes > MAX_BYTES) {
            throw new IllegalArgumentException("A path has 2 to " + MAX_LEVELS + " names and at most " + MAX_BYTES
                    + " bytes, but this one has " + segments.size() + " and " + bytes + ".");
        }
        if (!safe(path).equals(path)) {
            throw new IllegalArgumentException("A name in the path is not safe.");
        }
    }

    /** Returns a path that was safe on a host whose JDK has another version of Unicode. */
    public static String safe(String path) {
        return segments(path).stream().map(FileName::safe).collect(Collectors.joining("/"));
    }

    private static List<String> segments(String path) {
        return Arrays.asList(path.split("/", -1));
    }
}
