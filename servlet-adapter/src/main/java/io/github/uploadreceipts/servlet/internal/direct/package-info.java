/** Uploads whose bytes clients send straight to the store. */
@NullMarked
package io.github.uploadreceipts.servlet.internal.direct;

import org.jspecify.annotations.NullMarked;
