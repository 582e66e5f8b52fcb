/** What happens on a host, for logs, metrics and audit. */
@NullMarked
package io.github.uploadreceipts.event;

import org.jspecify.annotations.NullMarked;
