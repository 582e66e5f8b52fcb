/** Receiving: a body's bytes are pushed, as they arrive, through a body parser into a reception, which limits and stores them. */
@NullMarked
package io.github.uploadreceipts.servlet.internal.receive;

import org.jspecify.annotations.NullMarked;
