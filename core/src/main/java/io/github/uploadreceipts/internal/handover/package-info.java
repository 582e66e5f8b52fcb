/** Hand-over behind the API: its records, the parties that are told, and who may finish it. */
@NullMarked
package io.github.uploadreceipts.internal.handover;

import org.jspecify.annotations.NullMarked;
