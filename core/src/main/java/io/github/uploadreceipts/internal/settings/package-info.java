/** Settings that are configured as text. */
@NullMarked
package io.github.uploadreceipts.internal.settings;

import org.jspecify.annotations.NullMarked;
