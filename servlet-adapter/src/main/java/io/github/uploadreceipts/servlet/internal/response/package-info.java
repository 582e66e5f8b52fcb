/** Responses: receipts as JSON or as a page, problems, the bytes of an upload, and which origins may read them. */
@NullMarked
package io.github.uploadreceipts.servlet.internal.response;

import org.jspecify.annotations.NullMarked;
