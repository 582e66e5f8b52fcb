package io.github.uploadreceipts.samples.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {

    @Test
    void parse_nothing_defaults() {
        assertThat(Options.parse()).isEqualTo(new Options(List.of(8091, 8092), Optional.empty(), false));
    }

    @Test
    void parse_everything() {
        assertThat(Options.parse("--ports", "1,65535", "--dir", "d", "--once"))
                .isEqualTo(new Options(List.of(1, 65535), Optional.of(Path.of("d")), true));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "--frob | there is no option --frob",
                "file | there is no option file",
                "--dir | --dir needs a value",
                "--ports 0 | '0' is no number",
                "--ports 65536 | '65536' is no number",
                "--ports 8091, | '' is no number",
                "--ports 1,1 | names a port twice"
            })
    void parse_wrong(String words, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.parse(words.split(" ")))
                .withMessageContaining(message);
    }
}
