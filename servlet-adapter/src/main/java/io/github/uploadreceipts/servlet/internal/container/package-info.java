/** The servlet container: what containers do differently, and how an asynchronous request is completed. */
@NullMarked
package io.github.uploadreceipts.servlet.internal.container;

import org.jspecify.annotations.NullMarked;
