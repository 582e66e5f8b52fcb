/** The store of a host whose uploads are objects. */
@NullMarked
package io.github.uploadreceipts.objectstorage.internal.store;

import org.jspecify.annotations.NullMarked;
