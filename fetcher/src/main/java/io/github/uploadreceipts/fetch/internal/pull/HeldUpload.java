package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchedUpload;

/** A fetched upload, as the fetch that lends it out holds it. */
interface HeldUpload extends FetchedUpload {

    /** Ends its use: no bytes can be read from now on, and a copy that was not moved away is deleted. */
    void release();
}
