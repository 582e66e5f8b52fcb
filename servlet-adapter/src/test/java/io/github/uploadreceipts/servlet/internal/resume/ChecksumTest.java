package io.github.uploadreceipts.servlet.internal.resume;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.FieldRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.ByteBuffer;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChecksumTest {

    /** The digest of {@code hello world}, from the specification's example. */
    private static final String SHA1 = "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=";

    private static final String SHA256 = "sha256 uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=";
    private static final Map<String, String> AWAITED = Map.of("Trailer", "X-Other, upload-checksum");

    private static HttpServletRequest header(String value) {
        return FieldRequest.of(Map.of("Upload-Checksum", value));
    }

    private static HttpServletRequest trailer(String value) {
        return FieldRequest.of(AWAITED, Map.of("upload-checksum", value));
    }

    private static void verify(HttpServletRequest request, String... bytes) throws UploadRefusedException {
        Checksum checksum = Checksum.of(request).orElseThrow();
        for (String more : bytes) {
            ByteBuffer buffer = ByteBuffer.wrap(more.getBytes(US_ASCII));
            checksum.update(buffer);
            assertThat(buffer.remaining()).as("still to be written").isEqualTo(more.length());
        }
        checksum.verify();
    }

    private static void assertRefused(ProblemType type, ThrowingCallable call) {
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(type));
    }

    @ParameterizedTest
    @ValueSource(strings = {SHA1, SHA256, "  sha1   Kq5sNclPz7QV2+lfQIuc6R7oRu0=  "})
    void verify_thatVeryContent(String value) throws UploadRefusedException {
        verify(header(value), "hello ", "world");
        verify(trailer(value), "hello world");
        assertRefused(ProblemType.CHECKSUM_MISMATCH, () -> verify(header(value), "hello worle"));
        assertRefused(ProblemType.CHECKSUM_MISMATCH, () -> verify(trailer(value), "hello worl"));
        assertRefused(ProblemType.CHECKSUM_MISMATCH, () -> verify(header(value)));
    }

    @Test
    void verify_valueOfAnotherLength_isAnother() {
        assertRefused(ProblemType.CHECKSUM_MISMATCH, () -> verify(header("sha1 AAAA"), "hello world"));
        assertRefused(ProblemType.CHECKSUM_MISMATCH, () -> verify(header("sha256" + SHA1.substring(4)), "hello world"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "sha1", "sha1=AAAA", "SHA1 AAAA", "md5 AAAA", "sha512 AAAA", "sha1 A", "sha1 _-A="})
    void of_malformedOrUnknown(String value) {
        assertRefused(ProblemType.MALFORMED_REQUEST, () -> Checksum.of(header(value)));
        assertRefused(ProblemType.MALFORMED_REQUEST, () -> verify(trailer(value), "hello world"));
    }

    @Test
    void trailer_announcedAndMissing() {
        assertRefused(ProblemType.MALFORMED_REQUEST, () -> verify(FieldRequest.of(AWAITED), "hello world"));
    }

    @Test
    void of_none() throws UploadRefusedException {
        assertThat(Checksum.of(FieldRequest.of(Map.of()))).isEmpty();
        assertThat(Checksum.of(FieldRequest.of(Map.of("Trailer", "Expires")))).isEmpty();
    }

    @Test
    void requireNoTrailer_unlessThereIsAHeader() {
        assertRefused(ProblemType.MALFORMED_REQUEST, () -> Checksum.requireNoTrailer(FieldRequest.of(AWAITED)));
        assertThatCode(() -> Checksum.requireNoTrailer(header(SHA1))).doesNotThrowAnyException();
        assertThatCode(() -> Checksum.requireNoTrailer(
                        FieldRequest.of(Map.of("Trailer", "Upload-Checksum", "Upload-Checksum", SHA1))))
                .doesNotThrowAnyException();
    }
}
