/** Connections to peers: which hosts and addresses are allowed, and how a request is sent and its response is judged. */
@NullMarked
package io.github.uploadreceipts.fetch.internal.connect;

import org.jspecify.annotations.NullMarked;
