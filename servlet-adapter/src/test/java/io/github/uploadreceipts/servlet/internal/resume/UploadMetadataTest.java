package io.github.uploadreceipts.servlet.internal.resume;

import static io.github.uploadreceipts.servlet.TusClient.metadata;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UploadMetadataTest {

    private static void assertRefused(String text, ProblemType type) {
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> UploadMetadata.parse(text))
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(type));
    }

    private static String pairs(int count) {
        return IntStream.range(0, count).mapToObj(i -> metadata("k" + i, "v")).collect(Collectors.joining(","));
    }

    @Test
    void parse_asTheSpecificationWritesIt() throws UploadRefusedException {
        UploadMetadata metadata = UploadMetadata.parse("filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_confidential");
        assertThat(metadata.values()).isEqualTo(Map.of("filename", "world_domination_plan.pdf", "is_confidential", ""));
        assertThat(metadata.name()).isEqualTo("world_domination_plan.pdf");
        assertThat(metadata.type()).isEmpty();
        assertThat(metadata.text()).startsWith("filename d29");
    }

    @Test
    void parse_anyScriptAndSpaces() throws UploadRefusedException {
        String text =
                metadata("name", "\u5199\u771F \uD83D\uDE00") + " ,\t" + metadata("type", "image/png") + ", empty ";
        UploadMetadata metadata = UploadMetadata.parse(text);
        assertThat(metadata.name()).isEqualTo("\u5199\u771F \uD83D\uDE00");
        assertThat(metadata.type()).contains("image/png");
        assertThat(metadata.values()).containsEntry("empty", "").hasSize(3);
        assertThat(UploadMetadata.parse(" ").values()).isEmpty();
    }

    @Test
    void name_filenameFirst() throws UploadRefusedException {
        assertThat(UploadMetadata.parse(metadata("name", "a") + "," + metadata("filename", "b"))
                        .name())
                .isEqualTo("b");
        assertThat(UploadMetadata.NONE.name()).isEmpty();
    }

    @Test
    void path_ofAFileInAFolder() throws UploadRefusedException {
        assertThat(UploadMetadata.parse(metadata("relativePath", "a/b")).path()).contains("a/b");
        assertThat(UploadMetadata.parse(metadata("relativePath", "../")).path()).contains("../");
        for (String none : List.of("", "null", "a.jpg", "/a.jpg", "/")) {
            assertThat(UploadMetadata.parse(metadata("relativePath", none)).path())
                    .as(none)
                    .isEmpty();
        }
        assertThat(UploadMetadata.NONE.path()).isEmpty();
        assertRefused("relativePath //79gA==", ProblemType.MALFORMED_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ",",
                "a YQ==,",
                ",a YQ==",
                "a YQ==,,b YQ==",
                "a YQ==,a YQ==",
                "a,a",
                "a YQ=",
                "a YQ== YQ==",
                "a Y Q==",
                "a _-8=",
                "a \u00FC",
                "\u00FC YQ==",
                "name //79",
                "name wIA=",
                "name 7aCA",
                "a YQ==\r\nX: y",
                "a\u0085YQ==",
                "\u001F",
                "\0",
            })
    void parse_malformed(String text) {
        assertRefused(text, ProblemType.MALFORMED_REQUEST);
    }

    /** Other servers keep thumbnails and hashes there. */
    @Test
    void parse_otherKeys_anyBytes() throws UploadRefusedException {
        UploadMetadata metadata = UploadMetadata.parse("sha256 //79gA==," + metadata("filename", "a"));
        assertThat(metadata.name()).isEqualTo("a");
        assertThat(metadata.text()).startsWith("sha256 //79gA==,");
    }

    @Test
    void parse_sizes() throws UploadRefusedException {
        assertThat(UploadMetadata.parse(pairs(32)).values()).hasSize(32);
        assertRefused(pairs(33), ProblemType.MALFORMED_REQUEST);
        assertThat(UploadMetadata.parse("x".repeat(2048)).values()).hasSize(1);
        assertRefused("x".repeat(2049), ProblemType.FIELDS_TOO_LARGE);
    }
}
