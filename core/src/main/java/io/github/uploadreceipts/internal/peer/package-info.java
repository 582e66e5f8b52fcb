/** What hosts say to each other: peer tokens, relay tokens, upload URLs, and requests that are relayed. */
@NullMarked
package io.github.uploadreceipts.internal.peer;

import org.jspecify.annotations.NullMarked;
