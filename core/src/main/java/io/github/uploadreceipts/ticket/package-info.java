/** Tickets: permission to upload that an application hands out beforehand. */
@NullMarked
package io.github.uploadreceipts.ticket;

import org.jspecify.annotations.NullMarked;
