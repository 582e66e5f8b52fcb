/** Sending webhooks to their receivers, which are no peers. */
@NullMarked
package io.github.uploadreceipts.fetch.internal.handover;

import org.jspecify.annotations.NullMarked;
