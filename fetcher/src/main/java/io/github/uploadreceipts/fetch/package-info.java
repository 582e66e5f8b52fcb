/** The public API for fetching: uploads are pulled from their locations and proved, in the order of their receipts. */
@NullMarked
package io.github.uploadreceipts.fetch;

import org.jspecify.annotations.NullMarked;
