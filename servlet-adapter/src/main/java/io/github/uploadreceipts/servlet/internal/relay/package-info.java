/** Requests that another host has to serve, passed to it while they arrive. */
@NullMarked
package io.github.uploadreceipts.servlet.internal.relay;

import org.jspecify.annotations.NullMarked;
