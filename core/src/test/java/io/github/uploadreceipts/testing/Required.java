package io.github.uploadreceipts.testing;

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
public final class Required {

    private static final List<String> REQUIRED =
            List.of(System.getProperty("upload-receipts-test.require", "").split(","));

    private Required() {}

    /**
     * Skips the test, or fails it, if a need is not met.
     *
     * @param need its name in {@code upload-receipts-test.require}
     * @param otherwise the message about what the machine lacks
     */
    public static void require(String need, boolean there, String otherwise) {
        if (!REQUIRED.contains(need)) {
            assumeTrue(there, otherwise);
        }
        assertThat(there).as(otherwise).isTrue();
    }

    /**
     * Skips the test, or fails it, if a program is not installed.
     *
     * @param need its name in {@code upload-receipts-test.require}
     * @param packages what apt-get installs it from
     */
    public static void requireProgram(String need, String program, String packages) {
        require(need, hasProgram(program), program + " is not installed; apt-get install " + packages);
    }

    private static boolean hasProgram(String name) {
        String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + "/usr/sbin";
        return Arrays.stream(path.split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    }
}
