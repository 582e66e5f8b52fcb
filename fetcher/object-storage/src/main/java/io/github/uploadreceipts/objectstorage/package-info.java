/** Uploads in OpenStack Swift. */
@NullMarked
package io.github.uploadreceipts.objectstorage;

import org.jspecify.annotations.NullMarked;
