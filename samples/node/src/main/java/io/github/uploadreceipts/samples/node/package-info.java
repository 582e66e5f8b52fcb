/** The sample "Node": a server that takes uploads for applications in any language. */
@NullMarked
package io.github.uploadreceipts.samples.node;

import org.jspecify.annotations.NullMarked;
