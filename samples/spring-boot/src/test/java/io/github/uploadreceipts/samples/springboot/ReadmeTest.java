package io.github.uploadreceipts.samples.springboot;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The starter's README shows a test that runs. */
class ReadmeTest {

    private static final String FIRST = "@WebMvcTest(OrderApplication.class)";

    @Test
    void readme_showsTheControllersTest() throws Exception {
        String readme = Files.readString(Path.of("../../servlet-adapter/spring-boot/README.md"));
        String shown = readme.substring(readme.indexOf(FIRST)).split("```", 2)[0];
        String source = Files.readString(Path.of(
                "src/test/java/" + getClass().getPackageName().replace('.', '/') + "/OrderControllerTest.java"));
        assertThat(lines(source)).containsSubsequence(lines(shown));
    }

    private static List<String> lines(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }
}
