package io.github.uploadreceipts.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.settings.HostSettings;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every setting has a property, and every property is documented. */
class PropertyTableTest {

    private static final Pattern SET = Pattern.compile("(?m)^(upload-receipts\\.[a-z.-]+)=");

    private static final Pattern TYPE = Pattern.compile("\"type\": \"([^\"]+)\",\\s+\"allDeclaredMethods\": true");

    private final Map<String, String> names = PropertyTable.names();

    @Test
    void settings_ofTheHost_haveProperties() {
        assertThat(Stream.concat(HostSettings.HOST.stream(), HostSettings.LIMITS.stream())
                        .filter(name -> !name.equals("port") && !name.equals("context-path"))) // Spring Boot's own
                .isSubsetOf(names.keySet());
    }

    /** The table reads records by reflection, of which a native image has those that the metadata names. */
    @Test
    void nativeImage_hasTheRecords() throws Exception {
        Path metadata = Path.of("src/main/resources/META-INF/native-image/io.github.uploadreceipts"
                + "/upload-receipts-spring-boot-starter/reachability-metadata.json");
        List<String> records = new ArrayList<>();
        collectRecords(UploadReceiptsProperties.class, records);
        assertThat(TYPE.matcher(Files.readString(metadata)).results().map(match -> match.group(1)))
                .containsExactlyInAnyOrderElementsOf(records);
    }

    private static void collectRecords(Class<?> type, List<String> records) {
        records.add(type.getName());
        for (RecordComponent component : type.getRecordComponents()) {
            if (component.getType().isRecord()) {
                collectRecords(component.getType(), records);
            }
        }
    }

    @Test
    void readme_hasEveryProperty() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        assertThat(names.values())
                .allSatisfy(name -> assertThat(readme)
                        .contains("`" + name.substring(UploadReceiptsProperties.PREFIX.length() + 1) + "`"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "../../README.md"})
    void readme_setsPropertiesThatExist(String page) throws IOException {
        assertThat(SET.matcher(Files.readString(Path.of(page))).results().map(match -> match.group(1)))
                .isNotEmpty()
                .isSubsetOf(names.values());
    }
}
