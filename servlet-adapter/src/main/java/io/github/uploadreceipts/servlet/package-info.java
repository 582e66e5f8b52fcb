/**
 * The servlet filters.
 *
 * <p>An upload takes this way: {@link io.github.uploadreceipts.servlet.UploadFilter} asks the policy. Then it pushes
 * the body's bytes, as they arrive, through a body parser into a reception. The reception hashes the bytes, writes them
 * to the store and holds them to the limits. When they are durable, the response brings the receipts.
 */
@NullMarked
package io.github.uploadreceipts.servlet;

import org.jspecify.annotations.NullMarked;
