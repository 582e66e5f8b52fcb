package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;

/** Bytes of a body that can be read any number of times: from memory, or from the store. */
public interface Content {

    long size();

    InputStream open() throws IOException;

    static Content of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    static Content of(byte[] bytes) {
        return new Content() {
            @Override
            public long size() {
                return bytes.length;
            }

            @Override
            public InputStream open() {
                return new ByteArrayInputStream(bytes);
            }
        };
    }

    static Content of(UploadStore store, UploadReceipt receipt) {
        return new Content() {
            @Override
            public long size() {
                return receipt.size();
            }

            @Override
            public InputStream open() throws IOException {
                StoredUpload upload = store.find(receipt.id(), receipt.owner().hour())
                        .orElseThrow(() -> new NoSuchFileException(receipt.id().toString()));
                return Channels.newInputStream(upload.open());
            }
        };
    }
}
