/** What one host shows another to read or discard an upload. */
@NullMarked
package io.github.uploadreceipts.peer;

import org.jspecify.annotations.NullMarked;
