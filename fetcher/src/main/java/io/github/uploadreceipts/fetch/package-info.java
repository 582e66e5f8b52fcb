/** Fetching: uploads are pulled from their locations and proved, in the order of their receipts. All that users see. */
@NullMarked
package io.github.uploadreceipts.fetch;

import org.jspecify.annotations.NullMarked;
