/** Hand-over: telling the application that an upload is stored, and letting it respond. */
@NullMarked
package io.github.uploadreceipts.handover;

import org.jspecify.annotations.NullMarked;
