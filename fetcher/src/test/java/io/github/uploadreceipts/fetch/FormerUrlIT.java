package io.github.uploadreceipts.fetch;

import static io.github.uploadreceipts.fetch.RelayFleet.fetch;
import static io.github.uploadreceipts.fetch.RelayFleet.header;
import static io.github.uploadreceipts.fetch.RelayFleet.patch;
import static io.github.uploadreceipts.fetch.RelayFleet.send;
import static io.github.uploadreceipts.fetch.RelayFleet.tus;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.testing.RecordedLog;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host whose internal URL changes while clients have receipts and upload URLs. Both URLs lead to the host. */
class FormerUrlIT {

    private static final byte[] NONE = {};

    @TempDir
    Path directory;

    private RelayFleet fleet;
    private UploadReceipt receipt;
    private String begun;
    private String partial;
    private String before;
    private String after;

    @BeforeEach
    void uploadUnderTheOldUrl() throws Exception {
        fleet = new RelayFleet(Container.JETTY_EE10, directory, 2);
        RelayFleet.Member owner = fleet.members.get(0);
        before = owner.host.internalUrl().toString();
        after = "http://localhost:" + owner.port;
        receipt = fleet.receiptInBody(send(owner, "POST", "/uploads", BodyPublishers.ofByteArray(ascii("whole"))));
        begun = RelayFleet.create(owner, 6);
        assertThat(patch(owner, begun, 0, ascii("beg")).statusCode()).isEqualTo(204);
        partial = RelayFleet.create(owner, 4, "Upload-Concat", "partial");
        assertThat(patch(owner, partial, 0, ascii("part")).statusCode()).isEqualTo(204);
    }

    @AfterEach
    void stop() throws Exception {
        fleet.close();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void listed_uploadsBegunUnderItContinue() throws Exception {
        RelayFleet.Member owner = fleet.restart(0, after, before);
        RelayFleet.Member other = fleet.members.get(1);

        assertThat(fetch(owner, List.of(receipt))).containsExactly(ascii("whole"));
        try (FetchedUploads fetched = other.fetcher.fetch(List.of(receipt), Claim.of("order"))) {
            assertThat(Fleet.read(fetched.list().get(0))).isEqualTo(ascii("whole"));
            fetched.discard();
        }
        assertThatExceptionOfType(FetchException.class)
                .isThrownBy(() -> fetch(owner, List.of(receipt)))
                .satisfies(e -> assertThat(e.has(Kind.GONE)).isTrue());

        assertThat(header(tus(owner, "HEAD", begun, NONE), "Upload-Offset")).isEqualTo("3");
        HttpResponse<String> completed = patch(other, begun, 3, ascii("gun"));
        assertThat(completed.statusCode()).as(completed.body()).isEqualTo(204);
        UploadReceipt resumed = fleet.receipt(completed);
        assertThat(resumed.owner().base()).isEqualTo(URI.create(after));
        assertThat(fetch(other, List.of(resumed))).containsExactly(ascii("beggun"));

        for (RelayFleet.Member member : fleet.members) {
            HttpResponse<String> concatenated =
                    tus(member, "POST", "/uploads", NONE, "Upload-Concat", "final;" + partial);
            assertThat(concatenated.statusCode()).as(concatenated.body()).isEqualTo(201);
            assertThat(fetch(other, List.of(fleet.receipt(concatenated)))).containsExactly(ascii("part"));
        }
    }

    @Test
    void notListed_logHasBothUrlsAndTheRemedy() throws Exception {
        fleet.restart(0, after);
        RecordedLog log = RecordedLog.of("io.github.uploadreceipts");
        try {
            assertThatExceptionOfType(FetchException.class)
                    .isThrownBy(() -> fetch(fleet.members.get(1), List.of(receipt)))
                    .satisfies(e -> assertThat(e.has(Kind.REFUSED)).isTrue());
            assertThat(patch(fleet.members.get(1), begun, 3, ascii("gun")).statusCode())
                    .isEqualTo(503);
        } finally {
            log.close();
        }
        assertThat(log.messages())
                .filteredOn(line -> line.contains("it is for another consumer: " + before + ", not " + after
                        + "; if this host was reached there before, add that URL to its former-internal-urls"))
                .hasSize(2);
    }
}
