/** Requests to a store over HTTP, whatever protocol they are of. */
@NullMarked
package io.github.uploadreceipts.objectstorage.internal.http;

import org.jspecify.annotations.NullMarked;
