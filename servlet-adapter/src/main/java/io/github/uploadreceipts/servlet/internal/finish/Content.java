package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Bytes of a body that can be read any number of times, from memory or from the store. */
public interface Content {

    /** Returns the number of bytes. */
    long size();

    /** Opens the bytes for reading from the beginning. */
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

    /** Returns a file that came with the final request itself. It is read before the application can be done with it. */
    static Content of(Engine engine, UploadReceipt receipt) {
        return new Content() {
            @Override
            public long size() {
                return receipt.size();
            }

            @Override
            public InputStream open() throws IOException {
                return engine.uploads(true).open(receipt, receipt.owner()).open();
            }
        };
    }
}
