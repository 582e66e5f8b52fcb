/** The engine behind an upload host: receives, opens, claims and discards uploads, and issues their receipts. */
@NullMarked
package io.github.uploadreceipts.internal.engine;

import org.jspecify.annotations.NullMarked;
