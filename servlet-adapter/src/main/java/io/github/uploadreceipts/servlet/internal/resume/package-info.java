/**
 * Resumable uploads over HTTP. A protocol reads requests and writes responses; the endpoint does what they ask,
 * whatever the protocol.
 */
@NullMarked
package io.github.uploadreceipts.servlet.internal.resume;

import org.jspecify.annotations.NullMarked;
