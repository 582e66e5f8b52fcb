/** Uploads whose bytes go from the client straight to the store, without a host between them. */
@NullMarked
package io.github.uploadreceipts.internal.direct;

import org.jspecify.annotations.NullMarked;
