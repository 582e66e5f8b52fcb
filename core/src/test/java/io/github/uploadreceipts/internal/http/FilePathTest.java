package io.github.uploadreceipts.internal.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilePathTest {

    static List<Arguments> paths() {
        return List.of(
                Arguments.of("Holidays/Day 1/a.jpg", "Holidays/Day 1/a.jpg"),
                Arguments.of("/a/b", "a/b"),
                Arguments.of("U\u0308bung/e\u0301.jpg", "\u00DCbung/\u00E9.jpg"),
                Arguments.of("Acme Inc./10:30", "Acme Inc/10_30"),
                Arguments.of(".git/...a", ".git/...a"),
                Arguments.of(levels(32), levels(32)),
                Arguments.of(
                        "x".repeat(255) + "/" + "\u00FC".repeat(127), "x".repeat(255) + "/" + "\u00FC".repeat(127)));
    }

    @ParameterizedTest
    @MethodSource("paths")
    void parse_pathInAFolder_isSafe(String path, String expected) {
        assertThat(FilePath.parse(path)).isEqualTo(expected);
        assertThat(FilePath.parse(expected)).isEqualTo(expected);
        assertThat(FilePath.safe(expected)).isEqualTo(expected);
    }

    static List<String> longPaths() {
        return List.of(
                levels(33),
                "x".repeat(256) + "/a",
                "x".repeat(255) + "/" + "x".repeat(255) + "/" + "x".repeat(255) + "/" + "x".repeat(254) + "/ab");
    }

    @ParameterizedTest
    @MethodSource("longPaths")
    @ValueSource(
            strings = {
                "",
                "a",
                "/",
                "a/",
                "//a",
                "a//b",
                "./a",
                "a/../b",
                "../a",
                "a/. .",
                "a/ ",
                "a\\b/c",
                "C:\\a/b",
                "a\0/b",
                "a/b\nc",
                "a/\u202Egpj.exe",
                "a\uD83D/b"
            })
    void parse_unsafePath_isRefused(String path) {
        assertThatIllegalArgumentException().isThrownBy(() -> FilePath.parse(path));
    }

    private static String levels(int count) {
        return String.join("/", Collections.nCopies(count, "a"));
    }
}
