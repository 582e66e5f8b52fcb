/**
 * The sealed format: how uploads are encrypted at rest. Core's README describes it to the byte. Pure code, which knows
 * neither stores nor tokens. Exported to the fetcher, which
 * opens what it pulls.
 *
 * <p><b>Memory.</b> A segment has 65,536 bytes, but an upload that arrives slowly must not hold that many: ten thousand
 * such uploads would hold 640 MiB. So {@link io.github.uploadreceipts.internal.seal.Sealer} gives every byte to the
 * cipher and to the store when it comes, and only the tag of a segment waits for the segment's end. What stays is the
 * state of the cipher, 2 KiB. Whether a segment is the last one is authenticated before its first byte,
 * and may be known only after its last one. Where it is not known, two ciphers with the same nonce run side by side, one
 * for each answer. They give the same ciphertext, and only the tag of the right answer is ever computed. For all
 * segments but the last of an upload of known length, one cipher is enough.
 *
 * <p>Buffers serve one call and are then reused. They belong neither to uploads nor to threads: there may be as many
 * virtual threads as uploads.
 *
 * <p>A stream or a download that opens a sealed upload holds one plain segment, because it must verify a segment's tag
 * before it hands out the first byte. A download also holds the stored bytes of a segment, between calls, while they come
 * slowly.
 */
@NullMarked
package io.github.uploadreceipts.internal.seal;

import org.jspecify.annotations.NullMarked;
