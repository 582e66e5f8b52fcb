/** Directories on the local disk that belong to one JVM, and are deleted after it has ended. */
@NullMarked
package io.github.uploadreceipts.internal.disk;

import org.jspecify.annotations.NullMarked;
