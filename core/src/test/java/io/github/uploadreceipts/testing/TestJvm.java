package io.github.uploadreceipts.testing;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The JVM that runs the tests, for those that start others. */
public final class TestJvm {

    private TestJvm() {}

    /** Returns the command that starts another such JVM, with the same compilers. Options and a class follow. */
    public static List<String> command() {
        Stream<String> java = Stream.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto");
        Stream<String> compilers = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("-XX:Tier"));
        return Stream.concat(java, compilers).toList();
    }
}
