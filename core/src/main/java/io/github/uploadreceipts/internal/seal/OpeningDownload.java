package io.github.uploadreceipts.internal.seal;

import io.github.uploadreceipts.internal.download.Download;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A range of the plain bytes of a sealed upload, while its stored bytes come. */
final class OpeningDownload implements Download {

    private final Download stored;
    private final Opener opener;

    OpeningDownload(SealedFile file, long first, long length, Download stored) {
        this.stored = stored;
        this.opener =
                new Opener(file, first, length, (into, from, most) -> stored.read(ByteBuffer.wrap(into, from, most)));
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return opener.read(into);
    }

    @Override
    public void onReadable(Runnable wake) {
        stored.onReadable(wake);
    }

    @Override
    public void close() {
        stored.close();
    }
}
