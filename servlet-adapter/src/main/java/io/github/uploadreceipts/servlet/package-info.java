/**
 * The servlet filters.
 *
 * <p>The way of an upload: {@link io.github.uploadreceipts.servlet.UploadFilter} asks the policy, then pushes the body's
 * bytes, as they arrive, through a body parser into a reception, which writes, hashes and limits them, makes them durable
 * and answers with receipts.
 */
@NullMarked
package io.github.uploadreceipts.servlet;

import org.jspecify.annotations.NullMarked;
