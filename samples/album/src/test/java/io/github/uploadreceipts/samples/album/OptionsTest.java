package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.Durability;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {

    @Test
    void parse_nothing() {
        Options options = Options.parse();
        assertThat(options.ports()).containsExactly(8081, 8082, 8083);
        assertThat(options.directory()).isEmpty();
        assertThat(options.delivery()).isEqualTo(Delivery.Method.DIRECT);
        assertThat(options.durability()).isEqualTo(Durability.FORCED);
        assertThat(options.encrypt()).isFalse();
        assertThat(options.maxFileSize()).isEqualTo(2_147_483_648L);
        assertThat(options.once()).isFalse();
        assertThat(options.files()).isEmpty();
    }

    @Test
    void parse_everything(@TempDir Path directory) throws Exception {
        Path file = Files.createFile(directory.resolve("a.png"));
        Options options = Options.parse(
                ("--ports 1,2 --dir d --delivery x-sendfile --durability buffered --encrypt --uppy u --max-file-size 7 --once "
                                + file)
                        .split(" "));
        assertThat(options)
                .isEqualTo(new Options(
                        List.of(1, 2),
                        Optional.of(Path.of("d")),
                        Delivery.Method.X_SENDFILE,
                        Durability.BUFFERED,
                        true,
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        Optional.of(Path.of("u")),
                        7,
                        true,
                        List.of(file)));
    }

    /** A sealed store's keys are in the receipts, so they have to be encrypted. */
    @Test
    void parse_sealed_encryptsReceipts() {
        assertThat(Options.parse("--sealed").sealed()).isTrue();
        assertThat(Options.parse("--sealed").encrypt()).isTrue();
        assertThat(Options.parse("--encrypt").sealed()).isFalse();
    }

    @Test
    void parse_storage() {
        assertThat(Options.parse("--storage", "swift:https://swift.example.org/v1/AUTH_photos/uploads")
                        .storage())
                .contains(new SharedStorage("swift:https://swift.example.org/v1/AUTH_photos/uploads"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"uploads", "swift:https://swift.example.org", "swift:https://x/v1/", "ftp://x/v1/uploads", ":"})
    void parse_storageThatIsNone(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SharedStorage(text).connect(Map.of()))
                .withMessageContaining("swift:https://swift.example.org/v1/AUTH_photos/uploads");
    }

    @Test
    void parse_archive_notWithStorage() {
        assertThat(Options.parse("--archive", "s3:https://s3.example.org/uploads")
                        .archive())
                .contains(new SharedStorage("s3:https://s3.example.org/uploads"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.parse("--archive", "s3:https://x/a", "--storage", "s3:https://x/b"))
                .withMessageContaining("--storage");
    }

    @Test
    void parse_direct() {
        Options options = Options.parse("--direct", "--storage", "swift:https://swift.example.org:8080/v1/AUTH_a/b");
        assertThat(options.directTo()).contains("https://swift.example.org:8080");
        assertThat(Options.parse("--storage", "swift:https://x/v1/AUTH_a/b").directTo())
                .isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.parse("--direct"))
                .withMessageContaining("--storage");
    }

    @Test
    void connect_passwordMissing_named() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.parse("--storage", "swift:https://swift.example.org/v1/AUTH_photos/uploads")
                        .storage()
                        .orElseThrow()
                        .connect(Map.of("ST_AUTH", "https://swift.example.org/auth/v1.0")))
                .withMessageContaining("ST_USER");
    }

    @Test
    void parse_scanner() {
        Scanner scanner = Options.parse("--scan", "127.0.0.1:3310").scanner().orElseThrow();
        assertThat(scanner.clamd().address().getPort()).isEqualTo(3310);
        assertThat(scanner.whenUnavailable()).isEqualTo(Scanner.WhenUnavailable.WAIT);
        assertThat(Options.parse("--scan-unavailable", "pass", "--scan", "[::1]:3310")
                        .scanner())
                .map(Scanner::whenUnavailable)
                .contains(Scanner.WhenUnavailable.PASS);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.parse("--scan", "3310"))
                .withMessageContaining("such as 127.0.0.1:3310");
    }

    @Test
    void parse_fileNamedLikeOption() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.parse("--", "--once"))
                .withMessageContaining("--once is no file");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--ports", "--ports 8081,8081", "--ports 65536", "--ports a", "--ports 1,,2", "--delivery none",
                "--durability", "--max-file-size 0", "--max-file-size -1", "--unknown", "no/such/file", "."
            })
    void parse_wrong(String line) {
        assertThatIllegalArgumentException().isThrownBy(() -> Options.parse(line.split(" ")));
    }
}
