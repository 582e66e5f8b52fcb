/** What the library asks of an object store, whatever it speaks. */
@NullMarked
package io.github.uploadreceipts.objectstorage.internal.client;

import org.jspecify.annotations.NullMarked;
