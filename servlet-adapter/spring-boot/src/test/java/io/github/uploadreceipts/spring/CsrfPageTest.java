package io.github.uploadreceipts.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page about CSRF shows what {@link CsrfIT} runs. */
class CsrfPageTest {

    @ParameterizedTest
    @CsvSource({
        "js, 0, resources/static/upload.js",
        "js, 1, resources/static/session.js",
        "js, 2, resources/static/cookie.js",
        "html, 0, resources/templates/session.html",
        "html, 0, resources/templates/cookie.html",
        "html, 2, resources/templates/session.html",
        "html, 3, resources/templates/cookie.html",
        "java, 0, java/io/github/uploadreceipts/spring/PrintApplication.java",
    })
    void page_showsWhatIsTested(String language, int index, String file) throws IOException {
        String page = Files.readString(Path.of("../docs/csrf.md"));
        List<String> blocks = Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
        assertThat(lines(Files.readString(Path.of("src/test").resolve(file))))
                .containsSubsequence(lines(blocks.get(index)));
    }

    private static List<String> lines(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }
}
