package io.github.uploadreceipts.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uploadreceipts.internal.engine.FileTerms;
import io.github.uploadreceipts.internal.peer.PermitClaims;
import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The state of an upload beside its bytes, and the permit for a peer: each is written and read again. */
class ResumableStateTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final ContentDigest DIGEST = ContentDigest.of(new byte[32]);

    /** A context with the maximum depth. */
    private static final String CONTEXT = "{\"a\":{\"b\":{\"c\":\"\\\"\\\\\u00FC\uD83D\uDE00\\n\"}}}";

    private static final UploadLimits LIMITS = UploadLimits.builder()
            .maxFileSize(1)
            .maxRequestSize(2)
            .maxFiles(3)
            .maxFieldBytes(4)
            .perSubject(5, 6)
            .perAddress(7, Long.MAX_VALUE)
            .unfinished(10, 11, 12)
            .freeSpaceFloor(9)
            .idleTimeout(Duration.ofMillis(10_001))
            .minBytesPerSecond(11)
            .deadline(Duration.ofDays(12))
            .build();

    private static final FileTerms ALL = new FileTerms(
            UploadId.parse("AAECAwQFBgcICQoLDA0ODw"),
            "gr\u00FC\u00DFe \uD83D\uDE00.txt",
            Optional.of("a \"\\\u00FC/b.txt"),
            "text/plain",
            Optional.of("ann \"\\"),
            Optional.of(new Batch("b", 3, 2)),
            Optional.of(CONTEXT),
            1000,
            Optional.of(5L),
            Optional.of(DIGEST),
            Optional.of(NOW.plusSeconds(60)),
            Optional.of(URI.create("https://app.example/stored")),
            77);

    private static final ResumableState FULL = new ResumableState(
            UploadId.parse("____________________Ag"),
            Optional.of("ticket-1"),
            Optional.of(SealKey.random().check()),
            ALL,
            LIMITS,
            Optional.of(5L),
            Optional.of("\nfilename YQ=="),
            Role.FINAL,
            Ending.LAST,
            List.of("a.b.c", "d.e.f"),
            Optional.of("which"),
            Optional.of(new ResumableState.Done(5, DIGEST, NOW)));

    private static final ResumableState LEAST = new ResumableState(
            UploadId.random(),
            Optional.empty(),
            Optional.empty(),
            new FileTerms(
                    ALL.id(),
                    "a",
                    Optional.empty(),
                    "a/b",
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    0,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    0),
            UploadLimits.defaults(),
            Optional.empty(),
            Optional.empty(),
            Role.PARTIAL,
            Ending.BY_LENGTH,
            List.of(),
            Optional.empty(),
            Optional.empty());

    /** The state is stored, and keys of sealed uploads must not be. */
    @Test
    void state_hasNoPlaceForAKey() {
        for (Class<?> type : List.of(ResumableState.class, FileTerms.class, ResumableState.Done.class)) {
            for (RecordComponent component : type.getRecordComponents()) {
                assertThat(component.getGenericType().getTypeName()).doesNotContain("Key", "UploadReceipt");
            }
        }
    }

    @Test
    void state_readAsWritten() throws IOException {
        assertThat(ResumableState.parse(FULL.toJson())).isEqualTo(FULL);
        assertThat(ResumableState.parse(LEAST.toJson())).isEqualTo(LEAST);
        ResumableState later =
                LEAST.declared(Ending.OPEN, Optional.of(7L)).done(new ResumableState.Done(7, DIGEST, NOW));
        assertThat(ResumableState.parse(later.toJson())).isEqualTo(later);
        assertThat(later.length()).contains(7L);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"role\":\"FINAL\"|\"role\":\"OTHER\"",
                "\"role\":\"FINAL\",|",
                "\"ending\":\"LAST\"|\"ending\":\"OTHER\"",
                "\"ending\":\"LAST\",|",
                "\"id\":\"AA|\"id\":\"../",
                "\"path\":\"a |\"path\":7,\"a\":\"",
                "\"length\":5|\"length\":\"5\"",
                "\"length\":5|\"length\":5.0",
                "\"at\":1795251600|\"at\":9223372036854775807",
                "\"maxFiles\":3|\"maxFiles\":3000000000",
                "\"maxFiles\":3|\"maxFiles\":0",
                "PT10.001S|ten seconds",
                "\"parts\":[\"a.b.c\"|\"parts\":[1",
                "\"digest\":\"sha-256|\"digest\":\"md5",
                "\"seq\":2|\"seq\":4",
            })
    void state_otherThanWritten_isNone(String from, String to) {
        assertThat(FULL.toJson()).contains(from);
        String changed = FULL.toJson().replace(from, to == null ? "" : to);
        assertThatIOException().isThrownBy(() -> ResumableState.parse(changed));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "null", "{}"})
    void state_noObject_isNone(String json) {
        assertThatIOException().isThrownBy(() -> ResumableState.parse(json));
    }

    @Test
    void permit_readAsWritten() {
        UploadPermit all = UploadPermit.of("ann \"\\", LIMITS)
                .batch(new Batch("b", 3, 2))
                .context(CONTEXT)
                .requiringTicket();
        assertThat(PermitClaims.read(PermitClaims.write(all))).isEqualTo(all);
        UploadPermit least = UploadPermit.anyone(UploadLimits.defaults());
        assertThat(PermitClaims.read(PermitClaims.write(least))).isEqualTo(least);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PT10.001S|ten seconds",
                "\"maxFiles\":3|\"maxFiles\":3000000000",
                "\"maxFiles\":3|\"maxFiles\":\"3\"",
                "\"ticketRequired\":false,|",
                "\"limits\"|\"limit\"",
                "\"sub\":\"ann\"|\"sub\":null",
                "{|",
            })
    void permit_otherThanWritten_isNone(String from, String to) {
        String json = PermitClaims.write(UploadPermit.of("ann", LIMITS));
        assertThat(json).contains(from);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PermitClaims.read(json.replace(from, to == null ? "" : to)));
    }
}
