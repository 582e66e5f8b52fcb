/** The keys of a ring, with their secrets, and how keys are derived. Not exported. */
@NullMarked
package io.github.uploadreceipts.internal.key;

import org.jspecify.annotations.NullMarked;
