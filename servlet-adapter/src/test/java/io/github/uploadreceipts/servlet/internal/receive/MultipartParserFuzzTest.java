package io.github.uploadreceipts.servlet.internal.receive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.Random;

/** However a body is cut, the parser finds the same as a simple parser of the complete body. */
class MultipartParserFuzzTest {

    /** The input is a boundary, a line feed, a byte that seeds the cuts, and the body. */
    @DictionaryEntries({
        "\\x0D\\x0A--x\\x0D\\x0A",
        "\\x0D\\x0A--x--",
        "\\x0D\\x0A\\x0D\\x0A",
        "Content-Disposition: form-data; name=a",
        "; filename=b",
        "Content-Type: a/b\\x0D\\x0A",
        "Content-Transfer-Encoding: binary\\x0D\\x0A"
    })
    @FuzzTest(maxDuration = "10m")
    void push_anyBody(byte[] data) {
        String text = new String(data, ISO_8859_1);
        int line = text.indexOf('\n');
        if (line < 0 || line + 1 == text.length()) {
            return;
        }
        String boundary = text.substring(0, line);
        String body = text.substring(line + 2);
        if (!boundary.matches("[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")) {
            return;
        }
        String found = MultipartParserTest.parse(boundary, body);
        assertThat(found).isEqualTo(MultipartParserTest.reference(boundary, body));
        assertThat(MultipartParserTest.parseBytewise(boundary, body)).isEqualTo(found);
        assertThat(MultipartParserTest.parse(boundary, body, cuts(text.charAt(line + 1), body.length())))
                .isEqualTo(found);
    }

    private static int[] cuts(long seed, int length) {
        int[] cuts = new Random(seed).ints(1 + length / 8, 0, length + 1).toArray();
        Arrays.sort(cuts);
        return cuts;
    }
}
