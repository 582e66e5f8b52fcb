/** What tests of applications and of stores use: a fleet and a store in memory, receipts, and the contract of stores. */
@NullMarked
package io.github.uploadreceipts.testing;

import org.jspecify.annotations.NullMarked;
