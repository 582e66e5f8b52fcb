package io.github.uploadreceipts.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.uploadreceipts.receipt.ContentDigest;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The one structured field that we parse is the dictionary of digests. The other field with parameters is the media
 * type.
 */
class FieldSyntaxFuzzTest {

    @DictionaryEntries({"multipart/form-data", ";boundary=", "\\x22", "\\x5C", "sha-256=:", "sha-512=:", ":,"})
    @FuzzTest(maxDuration = "10m")
    void mediaTypeAndDigest_anyField(byte[] data) {
        String field = new String(data, StandardCharsets.ISO_8859_1);
        MediaType.parse(field).ifPresent(FieldSyntaxFuzzTest::assertConsistent);
        String ofFile = MediaType.ofFile(field);
        assertThat(ofFile).matches("[ -~]{3,127}").isEqualTo(MediaType.ofFile(ofFile));

        ContentDigest.parse(field).ifPresent(digest -> {
            assertThat(field).contains(digest.toString());
            assertThat(digest.hex()).hasSize(64);
            assertThat(ContentDigest.parse(digest.toString())).contains(digest);
        });
        var hash = ContentDigest.newHash();
        hash.update(data);
        ContentDigest digest = ContentDigest.of(hash);
        assertThat(ContentDigest.parse("sha-512=:AAAA:, " + digest + " ,md5=:AA==:"))
                .contains(digest);
    }

    private static void assertConsistent(MediaType type) {
        assertThat(MediaType.parse(type.text())).contains(type);
        assertThat(type.essence())
                .matches("[^\\s/]+/[^\\s/]+")
                .isEqualTo(type.essence().toLowerCase(Locale.ROOT));
        type.parameter("boundary").ifPresent(boundary -> {
            String again = type.essence() + ";a=b;BOUNDARY=\"" + boundary.replaceAll("([\\\\\"])", "\\\\$1") + '"';
            if (again.length() <= 1024) {
                assertThat(MediaType.parse(again).flatMap(rewritten -> rewritten.parameter("boundary")))
                        .contains(boundary);
            }
        });
    }
}
