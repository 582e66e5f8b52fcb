/** The fleet's keys: one JWK Set file that every host reads. */
@NullMarked
package io.github.uploadreceipts.key;

import org.jspecify.annotations.NullMarked;
