/** Object stores for tests. */
@NullMarked
package io.github.uploadreceipts.objectstorage.testing;

import org.jspecify.annotations.NullMarked;
