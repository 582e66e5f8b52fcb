/** The servlet container: what containers do differently, and who completes an asynchronous request. */
@NullMarked
package io.github.uploadreceipts.servlet.internal.container;

import org.jspecify.annotations.NullMarked;
