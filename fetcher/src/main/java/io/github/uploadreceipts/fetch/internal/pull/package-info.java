/** Fetching: claims uploads, pulls them from peers or reads them in this host's store, proves and discards them. */
@NullMarked
package io.github.uploadreceipts.fetch.internal.pull;

import org.jspecify.annotations.NullMarked;
