/** What share links say, and who may use them. For our own modules. */
@NullMarked
package io.github.uploadreceipts.internal.share;

import org.jspecify.annotations.NullMarked;
