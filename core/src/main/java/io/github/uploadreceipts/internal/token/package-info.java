/** The one mechanism under every kind of token. Not exported. */
@NullMarked
package io.github.uploadreceipts.internal.token;

import org.jspecify.annotations.NullMarked;
