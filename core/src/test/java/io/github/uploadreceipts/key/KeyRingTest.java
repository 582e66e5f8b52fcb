package io.github.uploadreceipts.key;

import static io.github.uploadreceipts.key.TestRings.DERIVATION;
import static io.github.uploadreceipts.key.TestRings.DERIVATION_SECRET;
import static io.github.uploadreceipts.key.TestRings.ENCRYPTION;
import static io.github.uploadreceipts.key.TestRings.ENCRYPTION_SECRET;
import static io.github.uploadreceipts.key.TestRings.SIGNING;
import static io.github.uploadreceipts.key.TestRings.SIGNING_SECRET;
import static io.github.uploadreceipts.key.TestRings.key;
import static io.github.uploadreceipts.key.TestRings.privateFile;
import static io.github.uploadreceipts.key.TestRings.ring;
import static io.github.uploadreceipts.key.TestRings.secret;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.uploadreceipts.internal.key.RingKey;
import io.github.uploadreceipts.internal.key.RingKey.Use;
import io.github.uploadreceipts.internal.key.RingKeys;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRingTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");

    // not in a temporary directory: that may be a tmpfs, where the file would count as a mounted secret
    private Path directory;
    private Path file;

    private final AtomicLong nanos = new AtomicLong();

    @BeforeEach
    void makeDirectory() throws IOException {
        directory = Files.createTempDirectory(Files.createDirectories(Path.of("target", "keys")), "");
        file = directory.resolve("ring.json");
    }

    @AfterEach
    void deleteDirectory() throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path path :
                    files.sorted((a, b) -> b.getNameCount() - a.getNameCount()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static List<String> kids(KeyRing ring) {
        return ring.keys().stream().map(RingKey::kid).toList();
    }

    @Test
    void load_everyAlgorithmAndMember() throws IOException {
        privateFile(
                file,
                ring(
                        "photos",
                        key("a", "sig", "HS256", SIGNING_SECRET, ",\"nbf\":1795251600,\"exp\":1795338000"),
                        key("b", "sig", "HS384", secret(1, 48), ""),
                        key("c", "sig", "HS512", secret(2, 64), ",\"key_ops\":[\"verify\",\"sign\"]"),
                        ENCRYPTION));
        KeyRing ring = KeyRing.load(file);
        assertThat(ring.fleet()).isEqualTo("photos");
        assertThat(ring.keys())
                .extracting(RingKey::toString)
                .containsExactly(
                        "a (HS256 from 2026-11-21T09:00:00Z until 2026-11-22T09:00:00Z)",
                        "b (HS384)",
                        "c (HS512)",
                        "e1 (A256KW)");
        assertThat(ring.keys().get(0).secret().getEncoded()).hasSize(32).startsWith(0, 1, 2);
        assertThat(ring.toString()).contains("photos", "e1").doesNotContain(SIGNING_SECRET);
    }

    /** Operators see which key signs and until when each key is accepted, but no secret. */
    @Test
    void describe_everyKey_withoutItsSecret() {
        KeyRing ring = TestRings.of(ring(
                "photos",
                key("s1", "sig", "HS256", SIGNING_SECRET, ",\"nbf\":1795251600,\"exp\":1795338000"),
                key("s2", "sig", "HS384", secret(1, 48), ",\"nbf\":1795334400"),
                ENCRYPTION));
        Instant start = Instant.ofEpochSecond(1795251600);
        Instant next = Instant.ofEpochSecond(1795334400);
        Optional<Instant> end = Optional.of(Instant.ofEpochSecond(1795338000));
        KeyRing.Key encrypting = new KeyRing.Key("e1", "enc", "A256KW", Instant.EPOCH, Optional.empty(), true);
        assertThat(ring.describe(start))
                .containsExactly(
                        new KeyRing.Key("s1", "sig", "HS256", start, end, true),
                        new KeyRing.Key("s2", "sig", "HS384", next, Optional.empty(), false),
                        encrypting);
        assertThat(ring.describe(next))
                .containsExactly(
                        new KeyRing.Key("s1", "sig", "HS256", start, end, false),
                        new KeyRing.Key("s2", "sig", "HS384", next, Optional.empty(), true),
                        encrypting);
        assertThat(ring.describe(start.minusSeconds(1)).get(0).current()).isFalse();
        assertThat(ring.describe(next).toString()).doesNotContain(SIGNING_SECRET, secret(1, 48));
    }

    static List<Arguments> refused() {
        String shortKey = SIGNING_SECRET.substring(3);
        return List.of(
                Arguments.of(ring("photos", key("s1", "sig", "HS256", shortKey, ""), ENCRYPTION), "needs 32 bytes"),
                Arguments.of(
                        ring("photos", key("s1", "sig", "HS384", SIGNING_SECRET, ""), ENCRYPTION), "needs 48 bytes"),
                Arguments.of(
                        ring("photos", key("s1", "sig", "HS512", "A".repeat(64), ""), ENCRYPTION), "needs 64 bytes"),
                Arguments.of(ring("photos", SIGNING, key("e1", "enc", "A256KW", "A".repeat(64), "")), "needs 32 bytes"),
                Arguments.of(ring("photos", SIGNING, ENCRYPTION, SIGNING), "two keys have the kid s1"),
                Arguments.of(
                        ring("photos", SIGNING, ENCRYPTION, SIGNING.replace("s1", "s2")),
                        "the keys s1 and s2 have the same \"k\""),
                Arguments.of(
                        ring("photos", SIGNING, key("e1", "enc", "A256KW", SIGNING_SECRET, "")),
                        "the keys s1 and e1 have the same \"k\""),
                Arguments.of(
                        ring("photos", key("s1", "sig", "HS256", "A".repeat(43), ""), ENCRYPTION), "one byte repeated"),
                Arguments.of(ring("photos", key("s1", "sig", "HS256", "", ""), ENCRYPTION), "the key has 0"),
                Arguments.of(
                        ring("photos", SIGNING.replace(SIGNING_SECRET, SIGNING_SECRET + "="), ENCRYPTION),
                        "not base64url"),
                Arguments.of(ring("photos", SIGNING.replace("Hh8", "Hh9"), ENCRYPTION), "not base64url"),
                Arguments.of(ring("photos", SIGNING.replace("\"sig\"", "\"enc\""), ENCRYPTION), "\"alg\""),
                Arguments.of(ring("photos", SIGNING, ENCRYPTION.replace("\"enc\"", "\"sig\"")), "\"alg\""),
                Arguments.of(ring("photos", SIGNING.replace("HS256", "hs256"), ENCRYPTION), "\"alg\""),
                Arguments.of(
                        ring("photos", SIGNING.replace("}", ",\"key_ops\":[\"encrypt\"]}"), ENCRYPTION), "\"key_ops\""),
                Arguments.of(
                        ring("photos", SIGNING.replace("}", ",\"key_ops\":[\"verify\"]}"), ENCRYPTION), "\"key_ops\""),
                Arguments.of(
                        ring("photos", SIGNING, ENCRYPTION.replace("}", ",\"key_ops\":[\"sign\",\"verify\"]}")),
                        "\"key_ops\""),
                Arguments.of(
                        ring("photos", SIGNING, ENCRYPTION, key("d1", "derive", "HS256", DERIVATION_SECRET, "")),
                        "\"alg\""),
                Arguments.of(
                        ring("photos", SIGNING, ENCRYPTION, key("d1", "derive", "HKDF-SHA-256", shortKey, "")),
                        "needs 32 bytes"),
                Arguments.of(
                        ring("photos", SIGNING, ENCRYPTION, DERIVATION.replace("}", ",\"key_ops\":[\"sign\"]}")),
                        "\"key_ops\""),
                Arguments.of(
                        ring("photos", SIGNING, key("d1", "derive", "HKDF-SHA-256", SIGNING_SECRET, "")),
                        "the keys s1 and d1 have the same \"k\""),
                Arguments.of(ring("photos", SIGNING.replace("\"s1\"", "1"), ENCRYPTION), "\"kid\""),
                Arguments.of(ring("photos", SIGNING, ENCRYPTION).replace("\"photos\"", "7"), "set \"fleet\""),
                Arguments.of(ring("photos", SIGNING, ENCRYPTION).replace("\"photos\"", "null"), "set \"fleet\""),
                Arguments.of("{\"fleet\":\"f\",\"keys\":{\"0\":" + SIGNING + ",\"1\":" + ENCRYPTION + "}}", "an array"),
                Arguments.of(ring("photos", SIGNING, "{\"kid\":\"e1\"," + ENCRYPTION.substring(1)), "malformed JSON"),
                Arguments.of(ring("photos", SIGNING, ENCRYPTION, "7"), "\"kid\""),
                Arguments.of(ring("photos", key("s1", "sig", "none", SIGNING_SECRET, ""), ENCRYPTION), "\"alg\""),
                Arguments.of(ring("photos", key("s1", "sig", "A256KW", SIGNING_SECRET, ""), ENCRYPTION), "\"alg\""),
                Arguments.of(ring("photos", SIGNING, key("e1", "enc", "dir", ENCRYPTION_SECRET, "")), "\"alg\""),
                Arguments.of(ring("photos", key("s1", "verify", "HS256", SIGNING_SECRET, "")), "\"use\""),
                Arguments.of(ring("photos", key("s 1", "sig", "HS256", SIGNING_SECRET, "")), "\"kid\""),
                Arguments.of(ring("photos", SIGNING.replace("oct", "RSA"), ENCRYPTION), "\"kty\""),
                Arguments.of(ring("photos", SIGNING.replace("AAEC", "A*EC"), ENCRYPTION), "not base64url"),
                Arguments.of(
                        ring("photos", key("s1", "sig", "HS256", SIGNING_SECRET, ",\"nbf\":1.5"), ENCRYPTION),
                        "64-bit integer"),
                Arguments.of(
                        ring("photos", key("s1", "sig", "HS256", SIGNING_SECRET, ",\"exp\":\"soon\""), ENCRYPTION),
                        "\"exp\" is seconds"),
                Arguments.of(
                        ring("photos", key("s1", "sig", "HS256", SIGNING_SECRET, ",\"exp\":-1"), ENCRYPTION),
                        "\"exp\" is seconds"),
                Arguments.of(
                        ring("photos", key("s1", "sig", "HS256", SIGNING_SECRET, ",\"nbf\":253402300800"), ENCRYPTION),
                        "\"nbf\" is seconds"),
                Arguments.of(ring("photos", SIGNING), "no key has \"use\":\"enc\""),
                Arguments.of(ring("photos", ENCRYPTION), "no key has \"use\":\"sig\""),
                Arguments.of(ring("no slash/", SIGNING, ENCRYPTION), "set \"fleet\""),
                Arguments.of("{\"keys\":[]}", "set \"fleet\""),
                Arguments.of("", "no JSON value"),
                Arguments.of("[]", "not a JSON object"),
                Arguments.of(ring("photos", SIGNING, ENCRYPTION) + "}", "malformed JSON"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void load_badContent_saysWhatButNoSecret(String json, String message) throws IOException {
        privateFile(file, json);
        assertThatIOException()
                .isThrownBy(() -> KeyRing.load(file))
                .withMessageStartingWith(file + " is not a key ring: ")
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("CAwQF"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw----r--", "rw-----w-", "rw-rw-rw-"})
    void load_openToOthers(String mode) throws IOException {
        privateFile(file, ring("photos", SIGNING, ENCRYPTION));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        assertThatIOException().isThrownBy(() -> KeyRing.load(file)).withMessageContaining("chmod o-rwx " + file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThat(KeyRing.load(file).fleet()).isEqualTo("photos");
    }

    @Test
    void load_noFile_saysHowToMakeOne() {
        assertThatIOException()
                .isThrownBy(() -> KeyRing.load(file))
                .isInstanceOf(NoSuchFileException.class)
                .withMessageContaining("create " + file + " --fleet NAME");
    }

    @Test
    void load_asEditorsOnWindowsSaveIt() throws IOException {
        privateFile(file, "\uFEFF" + ring("photos", SIGNING, ENCRYPTION));
        assertThat(KeyRing.load(file).fleet()).isEqualTo("photos");
        assertThat(KeyRing.watch(file).fleet()).isEqualTo("photos");
        for (Charset utf16 : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
            Files.write(file, ("\uFEFF" + ring("photos", SIGNING, ENCRYPTION)).getBytes(utf16));
            assertThatIOException()
                    .isThrownBy(() -> KeyRing.load(file))
                    .withMessageContaining("is in UTF-16, as some editors and shells write it; save it as UTF-8");
        }
    }

    @Test
    void load_tooLarge() throws IOException {
        privateFile(file, ring("photos", SIGNING, ENCRYPTION) + " ".repeat(1 << 20));
        assertThatIOException().isThrownBy(() -> KeyRing.load(file)).withMessageContaining("too large");
    }

    @Test
    void write_readableByOwnerOnly_andTheSameKeysAgain() throws IOException {
        KeyRing ring = KeyRing.generate("photos").rotate(NOW, NOW.plusSeconds(3600), Duration.ofDays(8));
        ring.write(file);
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        KeyRing back = KeyRing.load(file);
        assertThat(back.toString()).isEqualTo(ring.toString());
        assertThat(back.keys())
                .extracting(RingKey::secret)
                .isEqualTo(ring.keys().stream().map(RingKey::secret).toList());
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void write_overOneThatTheGroupReads_keepsThat() throws IOException {
        privateFile(file, "old");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        KeyRing.generate("photos").write(file);
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
        assertThat(KeyRing.load(file).fleet()).isEqualTo("photos");
    }

    @Test
    void write_fails_oldFileStaysAndNothingElse() throws IOException {
        Files.createDirectories(file.resolve("a-directory-in-the-way"));
        assertThatIOException().isThrownBy(() -> KeyRing.generate("photos").write(file));
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
        assertThat(file).isDirectory();
    }

    @Test
    void generate_aFreshKeyForEachUse_inUseAtOnce() {
        KeyRing ring = KeyRing.generate("photos");
        assertThat(ring.keys()).extracting(RingKey::use).containsExactly(Use.values());
        assertThat(RingKeys.current(ring, Use.SIGNING, NOW).algorithm()).isEqualTo("HS256");
        assertThat(RingKeys.current(ring, Use.ENCRYPTION, NOW).algorithm()).isEqualTo("A256KW");
        assertThat(RingKeys.current(ring, Use.DERIVATION, NOW).algorithm()).isEqualTo("HKDF-SHA-256");
        assertThat(KeyRing.generate("photos").keys().get(0).secret())
                .isNotEqualTo(ring.keys().get(0).secret());
        assertThatIllegalArgumentException().isThrownBy(() -> KeyRing.generate("a b"));
    }

    @Test
    void rotate_acceptedAtOnce_signsFromItsStart_oldRefusedInTheEnd() {
        Instant start = NOW.plusSeconds(3600);
        KeyRing old = TestRings.of(ring(
                "photos",
                SIGNING,
                ENCRYPTION,
                DERIVATION,
                key("gone", "sig", "HS256", secret(9, 32), ",\"exp\":1795251600")));
        KeyRing ring = old.rotate(NOW, start, Duration.ofDays(1));
        assertThat(kids(ring)).hasSize(6).startsWith("s1", "e1", "d1").doesNotContain("gone");
        RingKey fresh = ring.keys().get(3);
        assertThat(RingKeys.current(ring, Use.SIGNING, start.minusSeconds(1)).kid())
                .isEqualTo("s1");
        assertThat(RingKeys.current(ring, Use.SIGNING, start)).isSameAs(fresh);
        assertThat(RingKeys.current(ring, Use.ENCRYPTION, start))
                .isSameAs(ring.keys().get(4));
        assertThat(RingKeys.current(ring, Use.DERIVATION, start.minusSeconds(1)).kid())
                .isEqualTo("d1");
        assertThat(RingKeys.current(ring, Use.DERIVATION, start))
                .isSameAs(ring.keys().get(5));
        Instant end = start.plus(Duration.ofDays(1));
        assertThat(ring.keys().get(0).isExpired(end.minusSeconds(1))).isFalse();
        assertThat(ring.keys().get(0).isExpired(end)).isTrue();
        assertThat(fresh.expires()).isEmpty();
        assertThat(ring.rotate(NOW, start, Duration.ofDays(30)).keys().get(0).expires())
                .as("a later rotation does not extend the end")
                .contains(end);
    }

    /** Older versions made rings without a root key. No host starts with one, so nobody has to wait for the new key. */
    @Test
    void rotate_ringWithoutRoot_getsOneInUseAtOnce() {
        KeyRing old = TestRings.of(ring("photos", SIGNING, ENCRYPTION));
        assertThatIllegalStateException()
                .isThrownBy(() -> RingKeys.current(old, Use.DERIVATION, NOW))
                .withMessageContaining("no key with \"use\":\"derive\" is valid now; run 'rotate'");
        KeyRing ring = old.rotate(NOW, NOW.plusSeconds(3600), Duration.ofDays(8));
        assertThat(RingKeys.current(ring, Use.DERIVATION, NOW).kid()).startsWith("d");
        assertThat(RingKeys.current(ring, Use.SIGNING, NOW).kid()).isEqualTo("s1");
    }

    @Test
    void rotate_keyThatWouldOutliveItsRetirement_endsWithIt() {
        KeyRing old = TestRings.of(
                ring("photos", key("s1", "sig", "HS256", SIGNING_SECRET, ",\"exp\":253402300799"), ENCRYPTION));
        KeyRing ring = old.rotate(NOW, NOW, Duration.ofDays(1));
        assertThat(ring.keys().get(0).expires()).contains(NOW.plus(Duration.ofDays(1)));
    }

    /** Two operators may rotate in the same second. One file can hold the keys of both. */
    @Test
    void rotate_twiceInOneSecond_namesDiffer() {
        KeyRing ring = KeyRing.generate("photos");
        assertThat(kids(ring.rotate(NOW, NOW, Duration.ofDays(1))))
                .isNotEqualTo(kids(ring.rotate(NOW, NOW, Duration.ofDays(1))));
    }

    @Test
    void current_noneInItsTime() {
        KeyRing ring = TestRings.of(
                ring("photos", key("s1", "sig", "HS256", SIGNING_SECRET, ",\"nbf\":1795251600"), ENCRYPTION));
        assertThat(RingKeys.current(ring, Use.SIGNING, NOW).kid()).isEqualTo("s1");
        assertThatIllegalStateException()
                .isThrownBy(() -> RingKeys.current(ring, Use.SIGNING, NOW.minusSeconds(1)))
                .withMessageContaining("run 'rotate'");
    }

    private KeyRing watched() throws IOException {
        return KeyRing.watch(file, nanos::get);
    }

    private void oneSecondLater() {
        nanos.addAndGet(1_000_000_001L);
    }

    @Test
    void watch_rename_isNoticedWithinASecond() throws IOException {
        privateFile(file, ring("photos", SIGNING, ENCRYPTION));
        KeyRing ring = watched();
        List<RingKey> before = ring.keys();
        KeyRing.load(file).rotate(NOW, NOW, Duration.ofDays(1)).write(file);
        assertThat(ring.keys()).as("the file is read at most once a second").isSameAs(before);
        oneSecondLater();
        assertThat(ring.keys()).hasSize(5);
        List<RingKey> after = ring.keys();
        oneSecondLater();
        assertThat(ring.keys()).as("same content, same list").isSameAs(after);
    }

    @Test
    void watch_swappedSymbolicLink_isNoticed() throws IOException {
        // as Kubernetes does: the file links to ..data/file, and a new ..data is renamed over the old one
        Path first = Files.createDirectory(directory.resolve("..1"));
        Path second = Files.createDirectory(directory.resolve("..2"));
        privateFile(first.resolve("ring.json"), ring("photos", SIGNING, ENCRYPTION));
        privateFile(second.resolve("ring.json"), ring("photos", SIGNING.replace("s1", "s2"), ENCRYPTION));
        Files.createSymbolicLink(directory.resolve("..data"), Path.of("..1"));
        Files.createSymbolicLink(file, Path.of("..data", "ring.json"));
        KeyRing ring = watched();
        assertThat(kids(ring)).containsExactly("s1", "e1");
        Files.createSymbolicLink(directory.resolve("..new"), Path.of("..2"));
        Files.move(directory.resolve("..new"), directory.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
        oneSecondLater();
        assertThat(kids(ring)).containsExactly("s2", "e1");
    }

    @Test
    void watch_rubbish_keepsTheOldKeysUntilTheFileIsGoodAgain() throws IOException {
        String good = ring("photos", SIGNING, ENCRYPTION);
        privateFile(file, good);
        KeyRing ring = watched();
        List<RingKey> before = ring.keys();
        for (String rubbish : List.of("", "{", good.substring(0, 40), ring("other", SIGNING, ENCRYPTION))) {
            Files.writeString(file, rubbish);
            oneSecondLater();
            assertThat(ring.keys()).isSameAs(before);
            assertThat(ring.fleet()).isEqualTo("photos");
            assertThat(ring.reloadFailure().orElseThrow()).contains(file.toString());
        }
        Files.delete(file);
        oneSecondLater();
        assertThatCode(ring::keys).doesNotThrowAnyException();
        assertThat(ring.reloadFailure()).isPresent();
        privateFile(file, good.replace("s1", "s9"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        oneSecondLater();
        assertThat(ring.keys()).as("readable by others").isSameAs(before);
        assertThat(ring.reloadFailure().orElseThrow()).contains("chmod o-rwx");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        oneSecondLater();
        assertThat(kids(ring)).containsExactly("s9", "e1");
        assertThat(ring.reloadFailure()).isEmpty();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        oneSecondLater();
        assertThat(ring.reloadFailure()).isPresent();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        oneSecondLater();
        assertThat(ring.reloadFailure()).as("the same content").isEmpty();
    }

    /** Such as a copy from before an upgrade. Clients would lose the uploads that they are about to resume. */
    @Test
    void watch_rootIsGone_keepsTheOldKeys() throws IOException {
        privateFile(file, ring("photos", SIGNING, ENCRYPTION, DERIVATION));
        KeyRing ring = watched();
        privateFile(file, ring("photos", SIGNING, ENCRYPTION));
        oneSecondLater();
        assertThat(kids(ring)).containsExactly("s1", "e1", "d1");
        assertThat(ring.reloadFailure().orElseThrow()).contains("no key with \"use\":\"derive\" any more");
    }

    @ParameterizedTest
    @CsvSource({"30s,PT30S", "10m,PT10M", "1h,PT1H", "8d,PT192H", "0s,PT0S"})
    void duration_units(String text, Duration expected) {
        assertThat(KeyRingCommand.duration(text)).isEqualTo(expected);
    }
}
