/** Where a host keeps its uploads: the interface of stores, and the store on the local disk. */
@NullMarked
package io.github.uploadreceipts.store;

import org.jspecify.annotations.NullMarked;
