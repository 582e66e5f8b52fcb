package io.github.uploadreceipts.internal.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uploadreceipts.receipt.ContentDigest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Digests, ranges and media types. */
class FieldSyntaxTest {

    /** RFC 9530, appendix B.1, of {@code {"hello": "world"}\n}. */
    private static final String KNOWN = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";

    private static ContentDigest known() {
        MessageDigest hash = ContentDigest.newHash();
        hash.update("{\"hello\": \"world\"}\n".getBytes(StandardCharsets.UTF_8));
        return ContentDigest.of(hash);
    }

    @Test
    void digest_knownAnswer() {
        assertThat(known()).hasToString(KNOWN);
        assertThat(known().hex()).isEqualTo("44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38");
        assertThat(known().entityTag()).isEqualTo("\"RK_0qy18MlBSVnWgjwz6lZEWjP_lF5HF9bvEF8FabDg\"");
        assertThat(known()).isEqualTo(known()).hasSameHashCodeAs(known());
    }

    @Test
    void digest_copiesItsBytes() {
        byte[] bytes = new byte[32];
        ContentDigest digest = ContentDigest.of(bytes);
        bytes[0] = 1;
        assertThat(digest).isEqualTo(ContentDigest.of(new byte[32])).isNotEqualTo(ContentDigest.of(bytes));
        assertThatIllegalArgumentException().isThrownBy(() -> ContentDigest.of(new byte[31]));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {KNOWN, " " + KNOWN + " ", "sha-512=:AAAA:, " + KNOWN, "md5=:AAAA:," + KNOWN + ",unixsum=:AA==:"})
    void digest_parse(String field) {
        assertThat(ContentDigest.parse(field)).contains(known());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",",
                "sha-256",
                "sha-256=",
                "sha-256=:",
                "sha-256=::",
                "sha-256=:AAAA:",
                "sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=",
                "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg:",
                "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDh=:",
                "sha-256=:RK_0qy18MlBSVnWgjwz6lZEWjP_lF5HF9bvEF8FabDg=:",
                "SHA-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
            })
    void digest_parseMalformed(String field) {
        assertThat(ContentDigest.parse(field)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, bytes 0-0/10",
        "bytes=3-5, bytes 3-5/10",
        "bytes=3-, bytes 3-9/10",
        "bytes=3-999999999999999999, bytes 3-9/10",
        "bytes=-3, bytes 7-9/10",
        "BYTES=9-9, bytes 9-9/10",
        "bytes=10-, bytes */10",
        "bytes=10-20, bytes */10",
        "bytes=-0, bytes */10",
    })
    void range_requested(String field, String contentRange) {
        ByteRange range = ByteRange.requested(field, 10);
        assertThat(range.toContentRange()).isEqualTo(contentRange);
        assertThat(range.isWhole()).isFalse();
        assertThat(range.isUnsatisfiable()).isEqualTo(contentRange.contains("*"));
        assertThat(ByteRange.contentRange(contentRange))
                .isEqualTo(range.isUnsatisfiable() ? Optional.empty() : Optional.of(range));
    }

    /** A server that is asked in our place has its own view of what is malformed. */
    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 10, true",
        "bytes=3-, 10, true",
        "bytes=0-, 10, true",
        "bytes=0-9, 10, true",
        "BYTES=-10, 10, true",
        "bytes=-99, 10, true",
        "bytes=-0, 10, false",
        "bytes=10-, 10, false",
        "bytes=0-, 0, false",
        "bytes=-, 10, false",
        "bytes=9-5, 10, false",
        "bytes=a-b, 10, false",
        "'bytes=0-1,5-6', 10, false",
        "lines=0-9, 10, false",
    })
    void range_isSatisfiable(String field, long size, boolean satisfiable) {
        assertThat(ByteRange.isSatisfiable(field, size)).isEqualTo(satisfiable);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "bytes",
                "bytes=",
                "bytes=-",
                "bytes=5-3",
                "bytes=0-1,3-4",
                "bytes=a-b",
                "bytes= 0-1",
                "bytes=0-1 x",
                "lines=0-1",
                "bytes=--3",
                "bytes=1-2-3",
                "bytes=0-9",
                "bytes=0-",
                "bytes=-10",
                "bytes=-11",
                "bytes=1234567890123456789-",
                "bytes=\u0660-\u0661"
            })
    void range_everythingElseIsTheWholeFile(String field) {
        assertThat(ByteRange.requested(field, 10)).isEqualTo(ByteRange.whole(10));
        assertThat(ByteRange.requested(field, 10).isWhole()).isTrue();
        assertThat(ByteRange.requested(field, 0).isWhole())
                .as("of an empty file")
                .isTrue();
    }

    @Test
    void range_emptyFile() {
        assertThat(ByteRange.requested("bytes=0-0", 0)).isEqualTo(ByteRange.whole(0));
        assertThat(ByteRange.requested("bytes=-5", 0).isUnsatisfiable()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes */10",
                "bytes 0-10/10",
                "bytes 5-4/10",
                "bytes 0-1/*",
                "bytes=0-1/10",
                "bytes 0-1/10 ",
                "items 0-1/10",
                "bytes -1-1/10",
                "bytes 0-1/1234567890123456789"
            })
    void contentRange_malformed(String field) {
        assertThat(ByteRange.contentRange(field)).isEmpty();
    }

    @Test
    void mediaType_essenceAndParameters() {
        MediaType type = MediaType.parse(" Multipart/Form-Data ; Boundary=\"a \\\"b\\\\\" ;charset=utf-8; ")
                .orElseThrow();
        assertThat(type.essence()).isEqualTo("multipart/form-data");
        assertThat(type.parameter("boundary")).contains("a \"b\\");
        assertThat(type.parameter("CHARSET")).contains("utf-8");
        assertThat(type.parameter("x")).isEmpty();
        assertThat(MediaType.ofFile("image/jpeg")).isEqualTo("image/jpeg");
        assertThat(MediaType.ofFile("Text/Plain; charset=utf-8")).isEqualTo("Text/Plain; charset=utf-8");
        assertThat(MediaType.parse("text/plain; ; charset=utf-8").orElseThrow().parameter("charset"))
                .as("empty parameters, RFC 9110, section 5.6.6")
                .contains("utf-8");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "text",
                "text/",
                "/plain",
                "text/plain/x",
                "text /plain",
                "text/plain, text/html",
                "text/plain; charset",
                "text/plain; charset=",
                "text/plain; charset =utf-8",
                "text/plain; x=\"a",
                "text/plain; x=\"a\u0001\"",
                "text/plain\r\nX: y",
                "text/plain charset=utf-8",
                "tëxt/plain"
            })
    void mediaType_malformed(String field) {
        assertThat(MediaType.parse(field)).isEmpty();
        assertThat(MediaType.ofFile(field)).isEqualTo("application/octet-stream");
    }

    /** Content types that real programs send, and the boundary that their bodies have. */
    static List<Arguments> boundaries() {
        return List.of(
                Arguments.of("multipart/form-data; boundary====1700000000===", "===1700000000==="),
                Arguments.of("multipart/form-data;boundary=*****", "*****"),
                Arguments.of("multipart/form-data; boundary=a:b", "a:b"),
                Arguments.of("multipart/form-data; boundary = x", "x"),
                Arguments.of("multipart/form-data; boundary=x; charset=", "x"),
                Arguments.of("multipart/form-data; charset=; boundary=x ;", "x"),
                Arguments.of("multipart/form-data; charset; boundary=x", "x"),
                Arguments.of("multipart/form-data; boundary=a b, c", "a b, c"),
                Arguments.of("multipart/form-data, boundary=AaB03x", "AaB03x"), // RFC 1867, section 6
                Arguments.of(" Multipart/Form-Data ; BOUNDARY = \"a;\\\"b\" ", "a;\"b"),
                Arguments.of("multipart/form-data; a=\"; boundary=no; \\\"\"; boundary=yes", "yes"),
                Arguments.of("multipart/form-data; boundary=" + "x".repeat(5_000), "x".repeat(5_000)));
    }

    @ParameterizedTest
    @MethodSource("boundaries")
    void mediaType_ofBody_readsBoundariesLeniently(String field, String boundary) {
        MediaType type = MediaType.ofBody(field);
        assertThat(type.essence()).isEqualTo("multipart/form-data");
        assertThat(type.parameter("boundary")).contains(boundary);
    }

    /** Another parser may read another boundary in such a field. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "multipart/form-data",
                "multipart/form-data boundary=x",
                "multipart/form-data; boundary",
                "multipart/form-data; boundary*=x",
                "multipart/form-data; boundary=x; boundary=y",
                "multipart/form-data; boundary=x; Boundary = \"y\"",
                "multipart/form-data; boundary=\"x",
                "multipart/form-data; boundary=\"x\\\"",
                "multipart/form-data; boundary=\"x\"y",
                "multipart/form-data; boundary=\"x\"y\"",
                "multipart/form-data; charset=\"a; boundary=x",
            })
    void mediaType_ofBody_ambiguousBoundary_isNone(String field) {
        assertThat(MediaType.ofBody(field).essence()).isEqualTo("multipart/form-data");
        assertThat(MediaType.ofBody(field).parameter("boundary")).isEmpty();
    }

    @Test
    void mediaType_ofBody_anything() {
        assertThat(MediaType.ofBody(null)).isEqualTo(MediaType.OCTET_STREAM);
        assertThat(MediaType.ofBody("").essence()).isEmpty();
        assertThat(MediaType.ofBody("multipart/").essence()).isEqualTo("multipart/");
        assertThat(MediaType.ofBody("\u0130/b; c=d").parameter("c")).contains("d");
    }

    @Test
    void mediaType_bounds() {
        assertThat(MediaType.ofFile("a/" + "b".repeat(125))).hasSize(127);
        assertThat(MediaType.ofFile("a/" + "b".repeat(126))).isEqualTo("application/octet-stream");
        assertThat(MediaType.ofFile("a/b; c=\"é\"")).isEqualTo("application/octet-stream");
        assertThat(MediaType.parse("a/b; c=\"" + "\\\"".repeat(500) + "\"")).isPresent();
        assertThat(MediaType.parse("a/b;" + " ".repeat(1021))).isEmpty();
    }
}
