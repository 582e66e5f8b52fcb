/** Uploads in OpenStack Swift, or in what speaks S3. */
@NullMarked
package io.github.uploadreceipts.objectstorage;

import org.jspecify.annotations.NullMarked;
