/** What a client is told when something is refused, and the exceptions that carry it. */
@NullMarked
package io.github.uploadreceipts.problem;

import org.jspecify.annotations.NullMarked;
