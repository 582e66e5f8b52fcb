/** The tokens of every kind, and the one mechanism that mints and verifies them. Not exported to applications. */
@NullMarked
package io.github.uploadreceipts.internal.token;

import org.jspecify.annotations.NullMarked;
