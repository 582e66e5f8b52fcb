/** What hosts say to each other: peer tokens, relayed requests and their tokens, and the tokens in upload URLs. */
@NullMarked
package io.github.uploadreceipts.internal.peer;

import org.jspecify.annotations.NullMarked;
