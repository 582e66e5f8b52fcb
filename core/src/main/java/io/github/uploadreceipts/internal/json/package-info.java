/** Strict JSON, for input that cannot be trusted. */
@NullMarked
package io.github.uploadreceipts.internal.json;

import org.jspecify.annotations.NullMarked;
