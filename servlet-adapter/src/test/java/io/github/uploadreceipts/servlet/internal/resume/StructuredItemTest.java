package io.github.uploadreceipts.servlet.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.servlet.FieldRequest;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StructuredItemTest {

    private static final String PARAMETERS = ";a;b=1;*c_.-*=\"x\\\"y\"; d=?0;e=tok/en;f=:YQ==:;g=-1.5;h=@1;i=%\"%c3\"";

    @ParameterizedTest
    @CsvSource({"?1, true", "?0, false", "' ?1 ', true", "?1;a=?0, true"})
    void bool_wellFormed(String text, boolean value) {
        assertThat(StructuredItem.bool(FieldRequest.of(Map.of("Field", text)), "Field"))
                .contains(value);
        assertThat(StructuredItem.bool(FieldRequest.of(Map.of("Field", text.strip() + PARAMETERS)), "Field"))
                .contains(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "1", "true", "?2", "?", "?1?0", "?1, ?1", "?1;", "?1;A", "?1;a=", "?1 ;a", "\"?1\"", "(?1)"})
    void bool_malformed_countsAsAbsent(String text) {
        assertThat(StructuredItem.bool(FieldRequest.of(Map.of("Field", text)), "Field"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "007, 7", "999999999999999, 999999999999999", "5;a=b, 5"})
    void number_wellFormed(String text, long value) {
        assertThat(StructuredItem.number(FieldRequest.of(Map.of("Field", text)), "Field"))
                .contains(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "+1", "1.0", "1000000000000000", "1 0", "0x1", "?1", "1, 2", "\u0661"})
    void number_malformed_countsAsAbsent(String text) {
        assertThat(StructuredItem.number(FieldRequest.of(Map.of("Field", text)), "Field"))
                .isEmpty();
    }
}
