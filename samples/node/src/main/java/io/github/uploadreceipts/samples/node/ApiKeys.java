package io.github.uploadreceipts.samples.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who may use the API: every application that has one of the keys. Several keys allow to replace one after the other. */
record ApiKeys(List<String> keys) {

    private static final int MIN_LENGTH = 32;
    private static final String BEARER = "Bearer ";

    /** Reads the keys of a file, one in each line. */
    static ApiKeys read(Path file) throws IOException {
        if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
            throw new IllegalArgumentException(file + " can be read by everybody; chmod 600 it");
        }
        List<String> keys = Files.readAllLines(file).stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        if (keys.isEmpty() || keys.stream().anyMatch(key -> key.length() < MIN_LENGTH)) {
            throw new IllegalArgumentException(file + " must have at least one API key, each of at least " + MIN_LENGTH
                    + " characters; make one with: openssl rand -hex 32");
        }
        return new ApiKeys(keys);
    }

    /** Returns whether the value of {@code Authorization} has one of the keys. Takes as long for every key. */
    boolean permit(@Nullable String authorization) {
        if (authorization == null || !authorization.startsWith(BEARER)) {
            return false;
        }
        byte[] shown = bytes(authorization.substring(BEARER.length()));
        boolean known = false;
        for (String key : keys) {
            known |= MessageDigest.isEqual(bytes(key), shown);
        }
        return known;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
