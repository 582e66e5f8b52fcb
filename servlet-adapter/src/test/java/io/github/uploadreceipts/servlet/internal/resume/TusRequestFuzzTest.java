package io.github.uploadreceipts.servlet.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.FieldRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every combination of tus header fields has one meaning, or the request is refused as malformed. */
class TusRequestFuzzTest {

    private static final List<String> FIELDS = List.of(
            "Tus-Resumable",
            "Content-Type",
            "Upload-Offset",
            "Upload-Length",
            "Upload-Defer-Length",
            "Upload-Concat",
            "Upload-Checksum",
            "Trailer",
            "trailer of Upload-Checksum");

    private interface Reading<T> {
        T read() throws UploadRefusedException;
    }

    private static <T> Optional<T> read(Reading<T> reading) {
        try {
            return Optional.of(reading.read());
        } catch (UploadRefusedException e) {
            assertThat(e.problem().type())
                    .isIn(
                            ProblemType.MALFORMED_REQUEST,
                            ProblemType.VERSION_NOT_SUPPORTED,
                            ProblemType.UNSUPPORTED_CONTENT,
                            ProblemType.CHECKSUM_MISMATCH);
            return Optional.empty();
        }
    }

    /** The input is one line for each of the fields above, in their order. An empty line leaves its field out. */
    @FuzzTest(maxDuration = "10m")
    void request_anyFields(byte[] data) {
        String[] lines = new String(data, StandardCharsets.ISO_8859_1).split("\n", -1);
        Map<String, String> fields = new HashMap<>();
        for (int i = 0; i < Math.min(lines.length, FIELDS.size()); i++) {
            if (!lines[i].isEmpty()) {
                fields.put(FIELDS.get(i), lines[i]);
            }
        }
        String trailer = fields.remove("trailer of Upload-Checksum");
        var servletRequest = FieldRequest.of(fields, trailer == null ? Map.of() : Map.of("upload-checksum", trailer));
        TusRequest request = new TusRequest(servletRequest);

        assertThat(TusRequest.isMeant(servletRequest)).isEqualTo(fields.containsKey("Tus-Resumable"));
        read(request::offset).ifPresent(offset -> assertNumber(offset, fields.get("Upload-Offset")));
        read(request::length)
                .ifPresent(length ->
                        assertThat(length.isPresent()).isNotEqualTo("1".equals(fields.get("Upload-Defer-Length"))));
        read(request::declaredLength)
                .flatMap(length -> length)
                .ifPresent(length -> assertNumber(length, fields.get("Upload-Length")));
        read(request::concat).flatMap(text -> text).ifPresent(TusRequestFuzzTest::assertConcat);
        read(() -> Checksum.of(servletRequest))
                .flatMap(sum -> sum)
                .ifPresent(TusRequestFuzzTest::assertNothingVerifies);
    }

    private static void assertNumber(long number, String text) {
        assertThat(number).isNotNegative();
        assertThat(text.strip().replaceFirst("^0+(?=.)", "")).isEqualTo(Long.toString(number));
    }

    private static void assertConcat(String text) {
        if (!text.equals("partial")) {
            assertThat(TusRequest.partials(text)).isNotEmpty().noneMatch(partial -> partial.contains("/"));
        }
    }

    /** No input has the checksum of bytes that the fuzzer does not know. */
    private static void assertNothingVerifies(Checksum checksum) {
        checksum.update(ByteBuffer.wrap("unknown to the fuzzer".getBytes(StandardCharsets.US_ASCII)));
        assertThat(read(() -> {
                    checksum.verify();
                    return true;
                }))
                .isEmpty();
    }
}
