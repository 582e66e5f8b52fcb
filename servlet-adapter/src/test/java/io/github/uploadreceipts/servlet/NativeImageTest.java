package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A native image has only the resources that the jar's metadata names. */
class NativeImageTest {

    private static final Path RESOURCES = Path.of("src/main/resources");
    private static final Path METADATA = RESOURCES.resolve("META-INF/native-image/io.github.uploadreceipts"
            + "/upload-receipts-servlet-adapter/reachability-metadata.json");

    @Test
    void resources_areThoseOfTheJar() throws Exception {
        List<String> named = new ArrayList<>();
        for (JsonNode resource : new ObjectMapper().readTree(METADATA.toFile()).path("resources")) {
            named.add(resource.path("glob").asText());
            Class.forName(resource.at("/condition/typeReached").asText());
        }
        assertThat(named).containsExactlyInAnyOrderElementsOf(resources());
    }

    private static List<String> resources() throws IOException {
        try (Stream<Path> files = Files.walk(RESOURCES)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> RESOURCES.relativize(file).toString())
                    .filter(file -> !file.startsWith("META-INF/") || file.endsWith(".js"))
                    .toList();
        }
    }
}
