/** What our own modules share, and nobody else sees. */
@NullMarked
package io.github.uploadreceipts.internal;

import org.jspecify.annotations.NullMarked;
