package io.github.uploadreceipts.objectstorage.internal.swift;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Where tokens for Swift come from. */
@FunctionalInterface
public interface TokenSource {

    /**
     * Returns a token.
     *
     * @param refused the token that Swift has just refused, or null if there is none
     */
    String token(@Nullable String refused) throws IOException;
}
