/** What things cost, measured. */
@NullMarked
package io.github.uploadreceipts.samples.benchmarks;

import org.jspecify.annotations.NullMarked;
