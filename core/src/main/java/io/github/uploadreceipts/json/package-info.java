/** JSON from strangers: parsed strictly, or not at all. */
@NullMarked
package io.github.uploadreceipts.json;

import org.jspecify.annotations.NullMarked;
