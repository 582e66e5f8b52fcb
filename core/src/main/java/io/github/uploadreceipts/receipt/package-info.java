/** Receipts: issued when an upload is durable, verified when the client brings them back. */
@NullMarked
package io.github.uploadreceipts.receipt;

import org.jspecify.annotations.NullMarked;
