/** The final request: its receipts, and its body as if it had not been read. */
@NullMarked
package io.github.uploadreceipts.servlet.internal.finish;

import org.jspecify.annotations.NullMarked;
