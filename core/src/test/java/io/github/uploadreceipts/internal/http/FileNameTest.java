package io.github.uploadreceipts.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FileNameTest {

    static List<Arguments> names() {
        return List.of(
                Arguments.of("photo.jpg", "photo.jpg"),
                Arguments.of("Übersicht (1) – final.tar.gz", "Übersicht (1) – final.tar.gz"),
                Arguments.of("../../etc/passwd", "passwd"),
                Arguments.of("C:\\fakepath\\photo.jpg", "photo.jpg"),
                Arguments.of("a/b\\c/d", "d"),
                Arguments.of("a/", "upload"),
                Arguments.of("", "upload"),
                Arguments.of(".", "upload"),
                Arguments.of("..", "upload"),
                Arguments.of(" .. . ", "upload"),
                Arguments.of("...a", "...a"),
                Arguments.of(".htaccess", ".htaccess"),
                Arguments.of("a.jpg. . ", "a.jpg"),
                Arguments.of("\u2003a\u2003", "a"),
                Arguments.of("a\0.jpg\0", "a.jpg"),
                Arguments.of("a\r\nSet-Cookie: b", "aSet-Cookie_ b"),
                Arguments.of("file.txt:stream", "file.txt_stream"),
                Arguments.of("\u202Egpj.exe", "gpj.exe"),
                Arguments.of("a\u2066b\u2069\u200F\u061C\uFEFF\u00AD.jpg", "ab.jpg"),
                Arguments.of("a\u2028b\u2029c\u0085d\u007F", "abcd"),
                Arguments.of("e\u0301.jpg", "é.jpg"),
                Arguments.of("\u212B.jpg", "\u00C5.jpg"),
                Arguments.of("\uD83D\uDC68\u200D\uD83D\uDC69.jpg", "\uD83D\uDC68\u200D\uD83D\uDC69.jpg"),
                Arguments.of("a\uD83D.jpg", "a.jpg"),
                Arguments.of("a\uDC69\uD83D.jpg", "a.jpg"),
                Arguments.of("\u200D\u200C", "upload"),
                Arguments.of("..\u200D", "upload"),
                Arguments.of("a.jpg.\u200D", "a.jpg"));
    }

    @ParameterizedTest
    @MethodSource("names")
    void safe_hostileNames(String name, String expected) {
        assertThat(FileName.safe(name)).isEqualTo(expected);
        assertThat(FileName.isSafe(expected)).isTrue();
        assertThat(FileName.isSafe(name)).isEqualTo(name.equals(expected));
    }

    @Test
    void safe_tooLong_keepsTheExtension() {
        assertThat(FileName.safe("n".repeat(255))).hasSize(255);
        assertThat(FileName.safe("n".repeat(10_000) + ".jpg")).isEqualTo("n".repeat(251) + ".jpg");
        assertThat(FileName.safe("n".repeat(300) + ".jpg")).isEqualTo("n".repeat(251) + ".jpg");
        assertThat(FileName.safe("😀".repeat(100) + ".jpg")).isEqualTo("😀".repeat(62) + ".jpg");
        assertThat(FileName.safe("n".repeat(300) + "." + "x".repeat(40))).isEqualTo("n".repeat(255));
        assertThat(FileName.safe(".".repeat(300) + "jpg")).isEqualTo(".jpg");
        assertThat(FileName.safe("n".repeat(250) + "  ..  " + ".jpg")).isEqualTo("n".repeat(250) + ".jpg");
    }

    @Test
    void safe_generatedNames() {
        int[] alphabet = {
            '/', '\\', '.', ' ', ':', 'a', 'é', 0, 0x0D, 0x7F, 0x85, 0xA0, 0x301, 0x1100, 0x1161, 0x200C, 0x200D,
            0x202E, 0x2028, 0x3000, 0xD800, 0xDFFF, 0xFEFF, 0xFFFF, 0x1F600, 0x1EFFF, 0xE0041, 0x10FFFF, 0x2126
        };
        Random random = new Random(42);
        for (int i = 0; i < 50_000; i++) {
            StringBuilder name = new StringBuilder();
            int length = i % 100 == 0 ? random.nextInt(5_000) : random.nextInt(30);
            for (int j = 0; j < length; j++) {
                name.appendCodePoint(
                        random.nextInt(4) == 0
                                ? random.nextInt(Character.MAX_CODE_POINT + 1)
                                : alphabet[random.nextInt(alphabet.length)]);
            }
            String safe = FileName.safe(name.toString());
            assertThat(safe)
                    .as(() -> name.codePoints()
                            .mapToObj(Integer::toHexString)
                            .toList()
                            .toString())
                    .isEqualTo(FileName.safe(safe))
                    .isNotBlank()
                    .doesNotEndWith(".")
                    .doesNotEndWith(" ")
                    .doesNotContain("/", "\\", ":", "\0", "\r", "\n", "\u202E", "\uFEFF")
                    .matches(text -> Normalizer.isNormalized(text, Normalizer.Form.NFC))
                    .matches(text -> text.getBytes(StandardCharsets.UTF_8).length <= 255)
                    .matches(text ->
                            new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8).equals(text));
        }
    }
}
