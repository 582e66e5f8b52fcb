/**
 * Receiving: the bytes of a body are pushed, as they arrive, through a body parser into a reception, which holds them
 * to the limits and stores them.
 */
@NullMarked
package io.github.uploadreceipts.servlet.internal.receive;

import org.jspecify.annotations.NullMarked;
