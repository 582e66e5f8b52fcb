package io.github.uploadreceipts.servlet.internal.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.uploadreceipts.internal.http.ContentDisposition;
import io.github.uploadreceipts.internal.http.FileName;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;

/** A part's header that the application reads again, and the Content-Disposition of deliveries, which clients read. */
class PartHeadersFuzzTest {

    /** The input is a part's header, and a file's name. */
    @DictionaryEntries({
        "Content-Disposition: form-data; name=\\x22",
        "\\x22\\x0D\\x0A",
        "; filename=\\x22",
        "; filename*=UTF-8''",
        "Content-Type: ",
        "%22",
        "\\x5C\\x22"
    })
    @FuzzTest(maxDuration = "10m")
    void textAndAttachment_anyHeader(byte[] data) throws UploadRefusedException {
        assertReadByOthers(FileName.safe(new String(data, UTF_8)));
        PartHeaders headers;
        try {
            headers = PartHeaders.parse(data, data.length);
        } catch (UploadRefusedException e) {
            assertThat(e.problem().type()).isIn(ProblemType.MALFORMED_MULTIPART, ProblemType.UNSUPPORTED_CONTENT);
            return;
        }
        byte[] text = headers.text().getBytes(UTF_8);
        assertThat(PartHeaders.parse(text, text.length)).isEqualTo(headers);
        assertThat(headers.text().replace("\r\n", "")).doesNotContain("\r", "\n", "\0");
    }

    private static void assertReadByOthers(String name) {
        assertThat(FormReaders.commonsFileName(ContentDisposition.attachment(name)))
                .isEqualTo(name);
    }
}
