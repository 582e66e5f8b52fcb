/** What may be uploaded, by whom, and until when: limits, permits and tickets. */
@NullMarked
package io.github.uploadreceipts.permit;

import org.jspecify.annotations.NullMarked;
