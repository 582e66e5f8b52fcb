package io.github.uploadreceipts.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uploadreceipts.internal.key.RingKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRingCommandTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");

    @TempDir
    Path directory;

    private String run(String... arguments) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new KeyRingCommand(new PrintStream(out, true, StandardCharsets.UTF_8), Clock.fixed(NOW, ZoneOffset.UTC))
                .run(List.of(arguments));
        return out.toString(StandardCharsets.UTF_8);
    }

    private void assertNoSecret(String printed, Path file) throws IOException {
        for (RingKey key : KeyRing.load(file).keys()) {
            String secret = Base64.getUrlEncoder().encodeToString(key.secret().getEncoded());
            assertThat(printed).contains(key.kid()).doesNotContain(secret.substring(0, 8));
        }
    }

    @Test
    void createRotateShow() throws IOException {
        Path file = directory.resolve("ring.json");
        String created = run("create", file.toString(), "--fleet", "photos");
        assertThat(created).startsWith(file + ": KeyRing[photos, [s");
        assertNoSecret(created, file);
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));

        String rotated = run("rotate", file.toString(), "--in", "2h", "--retire", "3d");
        assertThat(rotated).endsWith("copy it to every host before 2026-11-21T11:00:00Z" + System.lineSeparator());
        assertNoSecret(rotated, file);
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));

        String shown = run("show", file.toString());
        assertNoSecret(shown, file);
        assertThat(shown.lines().map(line -> line.replaceAll("\\d{8}T\\d{6}-[0-9a-f]{6}", "?")))
                .containsExactly(
                        "fleet photos",
                        "sig s? (HS256 until 2026-11-24T11:00:00Z)",
                        "enc e? (A256KW until 2026-11-24T11:00:00Z)",
                        "derive d? (HKDF-SHA-256 until 2026-11-24T11:00:00Z)",
                        "sig s? (HS256 from 2026-11-21T11:00:00Z)",
                        "enc e? (A256KW from 2026-11-21T11:00:00Z)",
                        "derive d? (HKDF-SHA-256 from 2026-11-21T11:00:00Z)");
    }

    /** Whoever configures the receiver after a rotation takes the first one; the receiver may have either. */
    @Test
    void handOverSecret_printsAllCurrentOnes_newestFirst() throws IOException {
        Path file = directory.resolve("ring.json");
        run("create", file.toString(), "--fleet", "photos");
        String url = "https://shop.example/uploads?shop=7";
        List<String> before =
                run("hand-over-secret", file.toString(), url).lines().toList();
        assertThat(before).singleElement().asString().matches("whsec_[0-9A-Za-z+/]{43}=");
        run("rotate", file.toString());
        List<String> after =
                run("hand-over-secret", file.toString(), url).lines().toList();
        assertThat(after).hasSize(2).doesNotHaveDuplicates();
        assertThat(after.get(1)).isEqualTo(before.get(0));
        assertThat(run("hand-over-secret", file.toString(), url + "8")).doesNotContain(before.get(0));
    }

    @Test
    void create_refusesToOverwrite() throws IOException {
        Path file = Files.writeString(directory.resolve("ring.json"), "precious");
        assertThatIOException()
                .isThrownBy(() -> run("create", file.toString(), "--fleet", "photos"))
                .withMessageContaining("use rotate");
        assertThat(file).hasContent("precious");
    }

    @Test
    void rotate_defaults_anHourAndEightDays() throws IOException {
        Path file = directory.resolve("ring.json");
        run("create", file.toString(), "--fleet", "photos");
        run("rotate", file.toString());
        List<RingKey> keys = KeyRing.load(file).keys();
        assertThat(keys.get(3).notBefore()).isEqualTo(Instant.parse("2026-11-21T10:00:00Z"));
        assertThat(keys.get(0).expires()).contains(Instant.parse("2026-11-29T10:00:00Z"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop.example", "ftp://shop.example/", "https://shop.example/ä", "https://shop.example/ x"})
    void handOverSecret_ofWhatIsNoUrl_refused(String url) throws IOException {
        Path file = directory.resolve("ring.json");
        run("create", file.toString(), "--fleet", "photos");
        assertThatIllegalArgumentException().isThrownBy(() -> run("hand-over-secret", file.toString(), url));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "create",
                "create F",
                "create F --fleet",
                "create F --fleet a --fleet b",
                "create F --fleet a/b",
                "create F --fleet a --in 1h",
                "rotate F --in 1",
                "rotate F --in 1w",
                "rotate F --retire -1h",
                "show F --fleet a",
                "show F G",
                "delete F",
                "hand-over-secret F",
                "hand-over-secret F https://shop.example/ x",
                "hand-over-secret F https://shop.example/ --in 1h"
            })
    void run_wrongWords_refusedWithoutAFile(String line) throws IOException {
        Path file = directory.resolve("ring.json");
        List<String> words = line.isEmpty()
                ? List.of()
                : List.of(line.replace("F", file.toString()).split(" "));
        assertThatIllegalArgumentException().isThrownBy(() -> run(words.toArray(new String[0])));
        assertThat(file).doesNotExist();
    }
}
