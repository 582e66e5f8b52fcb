/** Directories on the local disk that belong to one JVM, and are cleaned up after it. */
@NullMarked
package io.github.uploadreceipts.internal.disk;

import org.jspecify.annotations.NullMarked;
