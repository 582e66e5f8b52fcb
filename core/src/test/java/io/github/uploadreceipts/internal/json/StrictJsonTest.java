package io.github.uploadreceipts.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonTest {

    private static final StrictJson JSON = StrictJson.ofDepth(3);

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":[{\"b\":\"é😀\"}],\"c\":[null,true,-9223372036854775807]}", "{}"})
    void parseObject_strict_sameAgain(String json) throws IOException {
        assertThat(JSON.parseObject(utf8(json))).hasToString(json);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[]",
                "null",
                "{\"a\":1,\"a\":1}",
                "{\"x\":{\"a\":1,\"\\u0061\":1}}",
                "{}{}",
                "{} x",
                "{\"a\":[[[]]]}",
                "{\"a\":1.0}",
                "{\"a\":1e3}",
                "{\"a\":[9223372036854775808]}",
                "{\"a\":NaN}",
                "{\"a\":01}",
                "{a:1}",
                "{'a':1}",
                "{\"a\":1,}",
                "{\"a\":\"\t\"}",
                "{/**/}",
                "\uFEFF{}"
            })
    void parseObject_anythingElse(String json) {
        assertThatIOException().isThrownBy(() -> JSON.parseObject(utf8(json)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16BE", "UTF-16LE", "UTF-16", "UTF-32BE", "UTF-32LE"})
    void parse_otherEncodings(Charset charset) {
        assertThatIOException().isThrownBy(() -> JSON.parse("{\"a\":1}".getBytes(charset)));
    }

    @Test
    void parse_notUtf8() {
        byte[] overlong = {'"', (byte) 0xC0, (byte) 0xAF, '"'};
        assertThatIOException().isThrownBy(() -> JSON.parse(overlong)).withMessage("not UTF-8");
    }

    @Test
    void parse_malformed_messageQuotesNothing() {
        assertThatIOException()
                .isThrownBy(() -> JSON.parse(utf8("{\"k\":\"secret\"secret")))
                .withMessage("malformed JSON: JsonParseException");
    }

    @Test
    void parse_deeperThanAllowed() throws IOException {
        assertThat(JSON.parse(utf8("[".repeat(3) + "]".repeat(3))).isArray()).isTrue();
        assertThatIOException().isThrownBy(() -> JSON.parse(utf8("[".repeat(4) + "]".repeat(4))));
        assertThatIOException().isThrownBy(() -> JSON.parse(utf8("[".repeat(100_000))));
    }
}
