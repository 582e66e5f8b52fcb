/** Strict JSON: input from strangers is parsed strictly, or not at all. */
@NullMarked
package io.github.uploadreceipts.internal.json;

import org.jspecify.annotations.NullMarked;
