/** A program that shares files by link: two hosts in one JVM, sealed at rest. */
@NullMarked
package io.github.uploadreceipts.samples.share;

import org.jspecify.annotations.NullMarked;
