/** The host: what an application configures once, and gives to its filters and its fetcher. */
@NullMarked
package io.github.uploadreceipts.host;

import org.jspecify.annotations.NullMarked;
