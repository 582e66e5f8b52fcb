package io.github.uploadreceipts.servlet.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.uploadreceipts.internal.resume.Ending;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.FieldRequest;
import io.github.uploadreceipts.servlet.internal.resume.ResumableProtocol.AppendedBytes;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The header fields of Resumable Uploads for HTTP: each is understood in one way, counts as absent, or is refused. */
class IetfRequestFuzzTest {

    private static final List<String> FIELDS = List.of(
            "Upload-Draft-Interop-Version",
            "Content-Type",
            "Upload-Offset",
            "Upload-Length",
            "Upload-Complete",
            "Upload-Incomplete",
            "Content-Digest");

    /** The input is lines: the values of the fields above, in their order; an empty line stands for none. */
    @FuzzTest(maxDuration = "10m")
    void request_anyFields(byte[] data) {
        String[] lines = new String(data, StandardCharsets.ISO_8859_1).split("\n", -1);
        Map<String, String> fields = new HashMap<>();
        for (int i = 0; i < Math.min(lines.length, FIELDS.size()); i++) {
            if (!lines[i].isEmpty()) {
                fields.put(FIELDS.get(i), lines[i]);
            }
        }
        fields.put("Content-Length", "7");
        HttpServletRequest request = FieldRequest.of(fields);

        for (Completeness completeness : Completeness.values()) {
            assertReads(new IetfProtocol(Clock.systemUTC(), completeness), request, fields);
        }
    }

    private static void assertReads(IetfProtocol protocol, HttpServletRequest request, Map<String, String> fields) {
        String said = fields.getOrDefault(protocol.completeness().field(), "").strip();
        boolean whole = protocol.bringsWhole(request);
        if (!whole) {
            assertThat(said).matches("(?s)\\?[01](;.*)?");
        }
        try {
            AppendedBytes append = protocol.readAppend(request, true);
            assertThat(fields.get("Upload-Offset").strip()).matches("(?s)0*" + append.offset() + "(;.*)?");
            append.length().ifPresent(length -> assertThat(length).isNotNegative());
            if (append.ending() == Ending.LAST) {
                assertThat(append.length()).contains(append.offset() + 7);
            } else {
                assertThat(whole).isFalse();
            }
        } catch (UploadRefusedException e) {
            assertThat(e.problem().type())
                    .isIn(ProblemType.MALFORMED_REQUEST, ProblemType.LENGTH_MISMATCH, ProblemType.UNSUPPORTED_CONTENT);
        }
    }
}
