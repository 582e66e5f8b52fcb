/** Share links: URLs by which people download stored uploads. */
@NullMarked
package io.github.uploadreceipts.share;

import org.jspecify.annotations.NullMarked;
