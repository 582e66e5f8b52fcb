/** Stores that speak S3: signatures, documents, requests. */
@NullMarked
package io.github.uploadreceipts.objectstorage.internal.s3;

import org.jspecify.annotations.NullMarked;
