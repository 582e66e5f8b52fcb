package io.github.uploadreceipts.samples.album;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * Checks for programs that a test needs. If one is missing, the test is skipped and says how to install it, or fails if
 * the system property {@code upload-receipts-test.require} names it.
 */
final class Required {

    private static final List<String> REQUIRED =
            List.of(System.getProperty("upload-receipts-test.require", "").split("\\s*,\\s*"));

    private Required() {}

    static void nginx() {
        require("nginx", "nginx-light", Unprivileged.find("nginx").isPresent());
    }

    static void apache() {
        boolean module = Files.exists(Path.of("/usr/lib/apache2/modules/mod_xsendfile.so"));
        require(
                "apache",
                "apache2 libapache2-mod-xsendfile",
                module && Unprivileged.find("apache2").isPresent());
    }

    static boolean isRequired(String name) {
        return REQUIRED.contains(name);
    }

    static void require(String name, String packages, boolean there) {
        String advice = name + " is not installed; apt-get install " + packages;
        if (!there && isRequired(name)) {
            Assertions.fail(advice);
        }
        Assumptions.assumeTrue(there, advice);
    }
}
