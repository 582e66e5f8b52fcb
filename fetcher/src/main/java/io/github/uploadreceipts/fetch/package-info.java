/** Fetching: pull uploads from their locations, proved, in the order of their receipts. */
@NullMarked
package io.github.uploadreceipts.fetch;

import org.jspecify.annotations.NullMarked;
