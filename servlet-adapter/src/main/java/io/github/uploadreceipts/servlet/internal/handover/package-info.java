/** What the receivers of webhooks send. */
@NullMarked
package io.github.uploadreceipts.servlet.internal.handover;

import org.jspecify.annotations.NullMarked;
