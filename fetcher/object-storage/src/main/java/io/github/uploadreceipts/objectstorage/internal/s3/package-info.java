/** The S3 protocol: signatures, requests, error documents. */
@NullMarked
package io.github.uploadreceipts.objectstorage.internal.s3;

import org.jspecify.annotations.NullMarked;
