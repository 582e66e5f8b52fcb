package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The programs and privileges that a test needs. Without them it is skipped, unless
 * {@code upload-receipts-test.require} lists them.
 */
final class Required {

    private static final List<String> REQUIRED =
            List.of(System.getProperty("upload-receipts-test.require", "").split(","));

    private Required() {}

    /** @param otherwise the message about what the machine lacks */
    static void require(String need, boolean there, String otherwise) {
        if (!REQUIRED.contains(need)) {
            assumeTrue(there, otherwise);
        }
        assertThat(there).as(otherwise).isTrue();
    }

    static boolean hasProgram(String name) {
        String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + "/usr/sbin";
        return Arrays.stream(path.split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    }
}
