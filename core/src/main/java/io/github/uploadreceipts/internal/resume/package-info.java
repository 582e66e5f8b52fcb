/** Resumable uploads, independent of the protocol. */
@NullMarked
package io.github.uploadreceipts.internal.resume;

import org.jspecify.annotations.NullMarked;
