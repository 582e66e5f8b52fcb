/** OpenStack Swift: tokens, temporary URLs, requests. */
@NullMarked
package io.github.uploadreceipts.objectstorage.internal.swift;

import org.jspecify.annotations.NullMarked;
