/** The bytes of stored uploads on their way to the clients that download them. */
@NullMarked
package io.github.uploadreceipts.internal.download;

import org.jspecify.annotations.NullMarked;
