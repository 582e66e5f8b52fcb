/** Fetching: uploads are claimed, pulled from their locations or read from this host's store, proved, and discarded. */
@NullMarked
package io.github.uploadreceipts.fetch.internal.pull;

import org.jspecify.annotations.NullMarked;
