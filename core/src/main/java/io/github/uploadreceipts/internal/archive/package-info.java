/** What a local store knows of uploads whose bytes are in an archive. */
@NullMarked
package io.github.uploadreceipts.internal.archive;

import org.jspecify.annotations.NullMarked;
