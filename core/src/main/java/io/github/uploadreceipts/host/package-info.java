/** This host: its identity, its wiring, and the uploads it is receiving. */
@NullMarked
package io.github.uploadreceipts.host;

import org.jspecify.annotations.NullMarked;
