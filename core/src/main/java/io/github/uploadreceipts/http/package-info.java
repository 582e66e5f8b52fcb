/** HTTP field syntax: dispositions, digests, ranges, and names that are safe as one path segment. */
@NullMarked
package io.github.uploadreceipts.http;

import org.jspecify.annotations.NullMarked;
