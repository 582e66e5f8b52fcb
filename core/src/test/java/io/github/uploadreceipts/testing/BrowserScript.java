package io.github.uploadreceipts.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A script that drives Chromium with playwright-core, which npm installs when the tests run. */
public final class BrowserScript {

    private static final Path HOME = Path.of("target/browser").toAbsolutePath();
    private static final String PACKAGE = """
            {"private": true, "type": "module", "dependencies": {"playwright-core": "1.65.0"}}
            """;

    private final String name;

    private BrowserScript(String name) {
        this.name = name;
    }

    /** Installs a script of the test's resources and what it needs, or skips the test. */
    public static BrowserScript install(String name) throws IOException, InterruptedException {
        Required.requireProgram("chromium", "chromium", "chromium");
        Required.requireProgram("chromium", "npm", "nodejs npm");
        Files.createDirectories(HOME);
        Files.writeString(HOME.resolve("package.json"), PACKAGE);
        try (InputStream in = BrowserScript.class.getResourceAsStream("/browser/" + name)) {
            Files.write(HOME.resolve(name), in.readAllBytes());
        }
        String said = run(
                "npm",
                "install",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--no-package-lock",
                "--prefer-offline");
        Required.require(
                "chromium", Files.isDirectory(HOME.resolve("node_modules/playwright-core")), "npm says: " + said);
        return new BrowserScript(name);
    }

    /** Returns the path of Chromium. */
    public static Path chromium() {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .map(place -> Path.of(place, "chromium"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
    }

    /** Plays the script, and returns the line of JSON that it prints. */
    public String play(String settings) throws IOException, InterruptedException {
        String printed = run("node", name, settings);
        return printed.lines()
                .filter(line -> line.startsWith("{\""))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " says: " + printed));
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Path log = Files.createTempFile(HOME, "run", ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(HOME.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        Process process = builder.start();
        try {
            if (!process.waitFor(150, TimeUnit.SECONDS)) {
                throw new IOException(command[0] + " did not end:\n" + Files.readString(log));
            }
            return Files.readString(log, StandardCharsets.UTF_8);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            Files.delete(log);
        }
    }
}
