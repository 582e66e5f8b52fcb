package io.github.uploadreceipts.receipt;

import io.github.uploadreceipts.internal.seal.SealKey;

/**
 * What opens an upload that is sealed at rest. It exists only in encrypted tokens and in what was read from them. It shows
 * nothing of itself: the fetcher opens uploads with it.
 */
public sealed interface ContentKey permits SealKey {}
