/** S3: signatures, requests, responses. */
@NullMarked
package io.github.uploadreceipts.objectstorage.internal.s3;

import org.jspecify.annotations.NullMarked;
