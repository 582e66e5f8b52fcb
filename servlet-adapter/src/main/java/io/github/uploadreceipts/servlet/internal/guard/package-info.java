/** The guard in front of other filters: gives them the fields of a form, and keeps its body for ours. */
@NullMarked
package io.github.uploadreceipts.servlet.internal.guard;

import org.jspecify.annotations.NullMarked;
