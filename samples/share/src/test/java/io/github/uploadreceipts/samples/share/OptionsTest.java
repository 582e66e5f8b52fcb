package io.github.uploadreceipts.samples.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {

    @Test
    void parse_nothing_defaults() {
        assertThat(Options.parse())
                .isEqualTo(new Options(List.of(8091, 8092), Optional.empty(), false, Optional.empty()));
    }

    @Test
    void parse_everything() {
        assertThat(Options.parse("--ports", "1,65535", "--dir", "d", "--once"))
                .isEqualTo(new Options(List.of(1, 65535), Optional.of(Path.of("d")), true, Optional.empty()));
    }

    @Test
    void parse_ask() {
        assertThat(Options.parse("ask").ask()).contains(Ask.plain());
        Options options = Options.parse(
                "ask",
                "--title",
                "Photos",
                "--expires",
                "12h",
                "--words",
                "w",
                "--from",
                "Ann",
                "--name",
                "no",
                "--dir",
                "d",
                "--password",
                "p");
        assertThat(options.directory()).contains(Path.of("d"));
        assertThat(options.ask())
                .contains(new Ask(
                        "Photos", Optional.of("w"), Optional.of("Ann"), Optional.of("p"), Duration.ofHours(12), "no"));
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
                "--ports 1,1 | names a port twice",
                "--title x | there is no option --title",
                "ask --frob | there is no option --frob",
                "ask --title | --title needs a value",
                "ask --expires 7 | '7' is not like 30m, 12h or 7d",
                "ask --expires 0d | '0d' is not like",
                "ask --name maybe | 'maybe' is none of"
            })
    void parse_wrong(String words, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.parse(words.split(" ")))
                .withMessageContaining(message);
    }
}
