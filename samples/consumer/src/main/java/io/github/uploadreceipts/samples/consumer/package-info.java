/** The sample "Consumer": as little as an application needs, on the module path and on the class path. */
@NullMarked
package io.github.uploadreceipts.samples.consumer;

import org.jspecify.annotations.NullMarked;
