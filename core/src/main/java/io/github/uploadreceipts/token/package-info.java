/** The one mechanism under every kind of token. Not exported. */
@NullMarked
package io.github.uploadreceipts.token;

import org.jspecify.annotations.NullMarked;
