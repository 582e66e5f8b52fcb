/** Tells browsers what becomes of their uploads, as that happens. */
@NullMarked
package io.github.uploadreceipts.servlet.internal.events;

import org.jspecify.annotations.NullMarked;
