package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchedUpload;

/** A fetched upload as its fetch sees it: the fetch can end its use. */
interface HeldUpload extends FetchedUpload {

    /** Ends the use of the upload: it can no longer be read, and a copy that was not moved away is deleted. */
    void release();
}
