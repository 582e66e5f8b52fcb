package io.github.uploadreceipts.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentDispositionTest {

    private static String asContainersDo(String utf8) {
        return new String(utf8.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    static List<Arguments> fileNames() {
        return List.of(
                // as browsers send them in forms
                Arguments.of("form-data; name=\"f\"; filename=\"a.jpg\"", "a.jpg"),
                Arguments.of("form-data; name=\"f\"; filename=\"\"", ""),
                Arguments.of("form-data; name=\"f\"; filename=\"a %22b%22;c.jpg\"", "a \"b\";c.jpg"),
                Arguments.of("form-data; name=\"f\"; filename=\"a \\\"b\\\".jpg\"", "a \"b\".jpg"),
                Arguments.of("form-data; name=\"f\"; filename=\"100%41.jpg\"", "100%41.jpg"),
                Arguments.of("form-data; name=\"f\"; filename=\"C:\\photos\\new\\a.jpg\"", "C:\\photos\\new\\a.jpg"),
                Arguments.of("form-data; name=\"f\"; filename=\"\\\\\\\\host\\\\a.jpg\"", "\\\\host\\a.jpg"),
                Arguments.of("form-data; name=\"f\"; filename=\"" + asContainersDo("čau 😀.jpg") + "\"", "čau 😀.jpg"),
                Arguments.of("form-data; name=\"f\"; filename=\"čau.jpg\"", "čau.jpg"),
                Arguments.of("form-data; name=\"f\"; filename=\"caf\u00E9.jpg\"", "caf\u00E9.jpg"),
                // some programs write a name between quotes without escapes
                Arguments.of("form-data; name=\"f\"; filename=\"a \"b\".jpg\"", "a \"b\".jpg"),
                Arguments.of("form-data; filename=\"a\"b;c\"d.jpg\" ; name=\"f\"", "a\"b;c\"d.jpg"),
                Arguments.of("form-data; name=\"f\"; filename=\"C:\\photos\\\"", "C:\\photos\\"),
                Arguments.of("form-data; filename=\"a\\\"; name=\"f\"", "a\\"),
                Arguments.of("form-data; name=\"f\\\"; filename=\"a.jpg\"", "a.jpg"),
                Arguments.of("form-data; filename=\"a\\\"; b=1\"; name=\"f\"", "a\"; b=1"),
                Arguments.of("form-data; name=f; filename=my photo 1.jpg ; size=1", "my photo 1.jpg"),
                Arguments.of("attachment; filename=a\tb", "a\tb"),
                // RFC 6266, and variants of its syntax
                Arguments.of("attachment; filename=a.jpg", "a.jpg"),
                Arguments.of("ATTACHMENT ;\tFileName = \"a.jpg\" ", "a.jpg"),
                Arguments.of("attachment;filename=a.jpg;", "a.jpg"),
                Arguments.of("attachment;; filename=a.jpg", "a.jpg"),
                Arguments.of("attachment; filename=\"a\"; filename*=UTF-8''b", "b"),
                Arguments.of("attachment; filename*=UTF-8''b; filename=\"a\"", "b"),
                // RFC 8187, section 3.2.3, and RFC 6266, section 5
                Arguments.of("attachment; filename*=UTF-8''%c2%a3%20and%20%e2%82%ac%20rates", "£ and € rates"),
                Arguments.of("attachment; filename*=iso-8859-1'en'%A3%20rates", "£ rates"),
                Arguments.of("attachment; filename=\"EURO rates\"; filename*=utf-8''%e2%82%ac%20rates", "€ rates"),
                // if filename* is malformed, filename is used
                Arguments.of("attachment; filename=a; filename*=UTF-8''%FF", "a"),
                Arguments.of("attachment; filename=a; filename*=UTF-8''%4", "a"),
                Arguments.of("attachment; filename=a; filename*=UTF-8''%zz", "a"),
                Arguments.of("attachment; filename=a; filename*=UTF-8''%\uFF14\uFF11", "a"),
                Arguments.of("attachment; filename=a; filename*=KOI8-R''%C1", "a"),
                Arguments.of("attachment; filename=a; filename*=UTF-8''%4z", "a"),
                Arguments.of("attachment; filename=a; filename*=UTF-8''%z4", "a"),
                Arguments.of("attachment; filename=a; filename*=UTF-8''b%", "a"),
                Arguments.of("attachment; filename=a; filename*=UTF-8''b\u007F", "a"),
                Arguments.of("attachment; filename=a; filename*=UTF-8''b\u0001", "a"),
                Arguments.of("attachment; filename=a; filename*=UTF-8''\u010D", "a"),
                Arguments.of("attachment; filename=a; filename*=UTF-8'b", "a"),
                Arguments.of("attachment; filename=a; filename*='en'b", "a"),
                Arguments.of("attachment; filename=a; filename*=b", "a"),
                // a malformed filename* alone still marks the part as a file
                Arguments.of("attachment; filename*=UTF-8''%FF", ""),
                Arguments.of("attachment; filename*=KOI8-R''%C1", ""),
                // the shortest well-formed filename*
                Arguments.of("attachment; filename=a; filename*=UTF-8''%41", "A"),
                Arguments.of("attachment; filename=a; filename*=UTF-8''!~", "!~"),
                // a container decodes each byte to a character up to U+00FF, so other text is kept as it is
                Arguments.of("form-data; filename=\"\u010D\u00C3\u00A9\"", "\u010D\u00C3\u00A9"));
    }

    @ParameterizedTest
    @MethodSource("fileNames")
    void parse_fileName(String field, String fileName) {
        assertThat(ContentDisposition.parse(field))
                .hasValueSatisfying(parsed -> assertThat(parsed.fileName()).contains(fileName));
    }

    @Test
    void parse_typeAndFieldName() {
        assertThat(ContentDisposition.parse("Form-Data; name=\"a \\\"b%22\"; x=1"))
                .contains(new ContentDisposition("form-data", Optional.of("a \"b\""), Optional.empty()));
        assertThat(ContentDisposition.parse("inline"))
                .contains(new ContentDisposition("inline", Optional.empty(), Optional.empty()));
    }

    @Test
    void parse_sixteenParametersAtMost() {
        String sixteen = "a; a=1; b=1; c=1; d=1; e=1; f=1; g=1; h=1; i=1; j=1; k=1; l=1; m=1; n=1; o=1; filename=x";
        assertThat(ContentDisposition.parse(sixteen)).isPresent();
        assertThat(ContentDisposition.parse(sixteen + "; p=1")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                ";",
                "\"attachment\"",
                "attachment filename=a",
                "attachment, inline",
                "attachment; filename",
                "attachment; filename=",
                "attachment; =a",
                "attachment; filename=\"a",
                "attachment; filename=\"a\"b",
                "attachment; filename=a\"b\"",
                "attachment; filename=\"a\"; b\"",
                "form-data; name=\"f\"; filename=\"a\"; name=\"b\"",
                "attachment; filename=a; filename=b",
                "attachment; filename=a; FILENAME=b",
                "attachment; filename*=UTF-8''a; filename*=UTF-8''b",
                "attachment; a=1; b=1; c=1; d=1; e=1; f=1; g=1; h=1; i=1; j=1; k=1; l=1; m=1; n=1; o=1; p=1; q=1"
            })
    void parse_malformed(String field) {
        assertThat(ContentDisposition.parse(field)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource
    void attachment_exactBytes(String name, String field) {
        assertThat(ContentDisposition.attachment(name)).isEqualTo(field);
        assertThat(ContentDisposition.parse(field))
                .contains(new ContentDisposition("attachment", Optional.empty(), Optional.of(name)));
    }

    /** RFC 8187, section 3.2.1: an attr-char is written as it is, every other byte is percent-encoded. */
    @Test
    void attachment_everyCharacter() {
        for (char c = 0; c < 0x300; c++) {
            String name = "a" + c + "b";
            String field = ContentDisposition.attachment(name);
            boolean plain = (c + "").matches("[A-Za-z0-9!#$&+.^_`|~-]");
            assertThat(field.endsWith("''" + name)).as(field).isEqualTo(plain);
            assertThat(field).matches("[ -~]+");
            assertThat(field.chars().filter(one -> one == '"').count()).isEqualTo(2);
            assertThat(ContentDisposition.parse(field))
                    .contains(new ContentDisposition("attachment", Optional.empty(), Optional.of(name)));
        }
    }

    static List<Arguments> attachment_exactBytes() {
        return List.of(
                Arguments.of("a-b_c.jpg", "attachment; filename=\"a-b_c.jpg\"; filename*=UTF-8''a-b_c.jpg"),
                Arguments.of("a b;c.jpg", "attachment; filename=\"a b;c.jpg\"; filename*=UTF-8''a%20b%3Bc.jpg"),
                Arguments.of(
                        "naïve 😀.txt",
                        "attachment; filename=\"na_ve _.txt\"; filename*=UTF-8''na%C3%AFve%20%F0%9F%98%80.txt"),
                Arguments.of("\"%\\\r\n", "attachment; filename=\"_____\"; filename*=UTF-8''%22%25%5C%0D%0A"),
                Arguments.of("'*()", "attachment; filename=\"'*()\"; filename*=UTF-8''%27%2A%28%29"),
                Arguments.of("!#$&+-.^_`|~", "attachment; filename=\"!#$&+-.^_`|~\"; filename*=UTF-8''!#$&+-.^_`|~"));
    }
}
