/** The sample "Benchmarks": measures what receiving costs. */
@NullMarked
package io.github.uploadreceipts.samples.benchmarks;

import org.jspecify.annotations.NullMarked;
