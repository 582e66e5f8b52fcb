/** HTTP field syntax: dispositions, ranges, media types, and names that are safe as one path segment. */
@NullMarked
package io.github.uploadreceipts.internal.http;

import org.jspecify.annotations.NullMarked;
