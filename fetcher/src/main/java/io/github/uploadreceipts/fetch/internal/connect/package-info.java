/** Connections to peers: checks which hosts and addresses are allowed, sends requests, and checks the responses. */
@NullMarked
package io.github.uploadreceipts.fetch.internal.connect;

import org.jspecify.annotations.NullMarked;
