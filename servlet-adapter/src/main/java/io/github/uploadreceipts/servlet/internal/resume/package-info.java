/** Resumable uploads over HTTP: a protocol reads requests and writes responses; what it is told is done here, whatever the protocol. */
@NullMarked
package io.github.uploadreceipts.servlet.internal.resume;

import org.jspecify.annotations.NullMarked;
