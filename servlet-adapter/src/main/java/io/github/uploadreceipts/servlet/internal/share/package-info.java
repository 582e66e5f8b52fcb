/** Downloads by share links. */
@NullMarked
package io.github.uploadreceipts.servlet.internal.share;

import org.jspecify.annotations.NullMarked;
