/** Resumable uploads, whatever the protocol. */
@NullMarked
package io.github.uploadreceipts.internal.resume;

import org.jspecify.annotations.NullMarked;
