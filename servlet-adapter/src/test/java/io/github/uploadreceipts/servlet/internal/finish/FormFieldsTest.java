package io.github.uploadreceipts.servlet.internal.finish;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FormFieldsTest {

    private static FormFields parse(String body) throws UploadRefusedException {
        return FormFields.parse(body.getBytes(US_ASCII), UTF_8);
    }

    @Test
    void parse_repeatedNames_keepTheirOrder() throws Exception {
        FormFields fields = parse("b=2&a=1&&b=3&flag&=nameless&b=&a=x=y");
        assertThat(fields.byName().keySet()).containsExactly("b", "a", "flag", "");
        assertThat(fields.values("b")).containsExactly("2", "3", "");
        assertThat(fields.values("a")).containsExactly("1", "x=y");
        assertThat(fields.values("flag")).containsExactly("");
        assertThat(fields.values("")).containsExactly("nameless");
        assertThat(fields.values("none")).isEmpty();
        assertThat(parse("").byName()).isEmpty();
    }

    @Test
    void parse_encodedText_isDecodedInItsCharset() throws Exception {
        assertThat(parse("n%26m=a+b%2B%c3%a4").values("n&m")).containsExactly("a b+\u00e4");
        assertThat(FormFields.parse("n=%e4".getBytes(US_ASCII), ISO_8859_1).values("n"))
                .containsExactly("\u00e4");
        assertThat(FormFields.ofQuery("q=%c3%a4").values("q")).containsExactly("\u00e4");
        assertThat(FormFields.ofQuery(null)).isEqualTo(FormFields.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "a=%2", "a=%zz", "%g0=1"})
    void parse_brokenEncoding_isMalformed(String body) {
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> parse(body))
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.MALFORMED_REQUEST));
    }

    @Test
    void parse_fields_haveABound() throws Exception {
        assertThat(parse("a=&".repeat(FormFields.MAX_COUNT)).values("a")).hasSize(FormFields.MAX_COUNT);
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> parse("a=&".repeat(FormFields.MAX_COUNT + 1)))
                .satisfies(e -> {
                    assertThat(e.problem().type()).isEqualTo(ProblemType.FIELDS_TOO_LARGE);
                    assertThat(e.problem().limit()).hasValue(FormFields.MAX_COUNT);
                    assertThat(e.problem().actual()).hasValue(FormFields.MAX_COUNT + 1L);
                });
    }

    @Test
    void and_putsTheOthersValuesBehind() throws Exception {
        FormFields all = parse("a=1&b=2").and(parse("c=3&a=4"));
        assertThat(all.byName().keySet()).containsExactly("a", "b", "c");
        assertThat(all.values("a")).isEqualTo(List.of("1", "4"));
        assertThat(all.values("c")).containsExactly("3");
    }
}
