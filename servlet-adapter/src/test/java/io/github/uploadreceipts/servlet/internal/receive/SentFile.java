package io.github.uploadreceipts.servlet.internal.receive;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.http.FileName;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;

/**
 * A file as a client has sent it.
 *
 * @param sha256 the digest in hexadecimal
 */
public record SentFile(String name, String type, long size, String sha256) {

    public static SentFile of(String name, String type, byte[] content) {
        MessageDigest hash = ContentDigest.newHash();
        hash.update(content);
        return new SentFile(name, type, content.length, ContentDigest.of(hash).hex());
    }

    public static SentFile of(JsonNode seen) {
        return new SentFile(
                seen.path("name").asText(),
                seen.path("type").asText(),
                seen.path("size").asLong(),
                seen.path("sha256").asText());
    }

    /** Checks that the receipt is valid and describes this file, and that the host stores exactly this file. */
    public UploadReceipt assertIsStored(UploadHost host, String token) throws Exception {
        assertThat(token).as("receipt").isNotEmpty();
        UploadReceipt receipt = host.receipts().verifyAll(List.of(token)).get(0);
        assertThat(receipt.name()).isEqualTo(FileName.safe(name));
        assertThat(receipt.type()).isEqualTo(type);
        assertThat(receipt.size()).isEqualTo(size);
        assertThat(digestOf(HostAccess.engine(host)
                        .uploads(false)
                        .open(receipt, receipt.owner())
                        .open()))
                .isEqualTo(sha256);
        assertThat(receipt.digest().hex()).isEqualTo(sha256);
        return receipt;
    }

    private static String digestOf(InputStream stored) throws IOException {
        MessageDigest hash = ContentDigest.newHash();
        try (InputStream in = new DigestInputStream(stored, hash)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return ContentDigest.of(hash).hex();
    }
}
