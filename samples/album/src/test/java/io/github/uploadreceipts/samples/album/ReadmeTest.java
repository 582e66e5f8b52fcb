package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** README shows operators the configurations that the integration tests run. */
class ReadmeTest {

    @ParameterizedTest
    @ValueSource(strings = {Nginx.SNIPPET, Apache.SNIPPET})
    void readme_containsSnippet(String name) throws Exception {
        String readme = Files.readString(Path.of("../../README.md"));
        assertThat(readme).contains("\n" + FrontServer.resource(name) + "```");
    }
}
