package io.github.uploadreceipts.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A field that was parsed can be written and parsed again. A name that was written is parsed as the same name. */
class ContentDispositionFuzzTest {

    /**
     * The input is read twice: as a field's value with one character per byte, as containers decode it, and as a name
     * in UTF-8.
     */
    @DictionaryEntries({
        "form-data",
        "; name=\\x22",
        "; filename=\\x22",
        "; filename*=UTF-8''",
        "ISO-8859-1''",
        "%22",
        "\\x5C\\x22"
    })
    @FuzzTest(maxDuration = "10m")
    void parseAndAttachment_anyText(byte[] data) {
        ContentDisposition.parse(new String(data, StandardCharsets.ISO_8859_1))
                .ifPresent(ContentDispositionFuzzTest::assertReadAgain);
        assertReadAsMeant(new String(data, StandardCharsets.UTF_8));
    }

    private static void assertReadAgain(ContentDisposition disposition) {
        assertThat(disposition.type()).matches("[!#$%&'*+.^_`|~0-9a-z-]+");
        String written = disposition.type()
                + disposition.name().map(name -> "; name=" + quoted(name)).orElse("")
                + disposition
                        .fileName()
                        .map(name -> "; filename*=" + extended(name))
                        .orElse("");
        String sent = new String(written.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertThat(ContentDisposition.parse(sent)).contains(disposition);
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static String extended(String text) {
        String written = ContentDisposition.attachment(text);
        return written.substring(written.lastIndexOf("; filename*=") + "; filename*=".length());
    }

    private static void assertReadAsMeant(String name) {
        String written = ContentDisposition.attachment(name);
        assertThat(written).matches("[ -~]*");
        assertThat(ContentDisposition.parse(written))
                .contains(new ContentDisposition("attachment", Optional.empty(), Optional.of(name)));

        String plainOnly = written.substring(0, written.lastIndexOf("; filename*="));
        String plain =
                ContentDisposition.parse(plainOnly).orElseThrow().fileName().orElseThrow();
        assertThat(plain)
                .doesNotContain("\"", "\\", "%")
                .hasSameSizeAs(name.codePoints().toArray());
    }
}
