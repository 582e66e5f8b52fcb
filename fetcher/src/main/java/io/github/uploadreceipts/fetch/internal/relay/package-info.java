/** Relaying: sends requests of this host's clients to peers, on connections that share a few I/O threads. */
@NullMarked
package io.github.uploadreceipts.fetch.internal.relay;

import org.jspecify.annotations.NullMarked;
