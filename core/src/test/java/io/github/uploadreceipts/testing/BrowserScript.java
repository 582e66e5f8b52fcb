package io.github.uploadreceipts.testing;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A script that drives Chromium with playwright-core, which npm installs when the tests run. */
public final class BrowserScript {

    private static final Path HOME = Path.of("target/browser").toAbsolutePath();
    private static final Path INSTALLED = HOME.resolve("installed");

    /** Several times what a script waits for one thing, so that it tells for what. */
    private static final long MOST_SECONDS = 600;

    private final String name;

    private BrowserScript(String name) {
        this.name = name;
    }

    /** Installs a script of the test's resources and what it needs, or skips the test. */
    public static BrowserScript install(String name) throws IOException, InterruptedException {
        return install(name, "");
    }

    /**
     * Installs a script of the test's resources and what it needs, or skips the test.
     *
     * @param more further dependencies, as package.json has them, each after a comma; the same for all scripts of a module
     */
    public static BrowserScript install(String name, String more) throws IOException, InterruptedException {
        Required.requireProgram("chromium", "chromium", "chromium");
        Required.requireProgram("chromium", "npm", "nodejs npm");
        Files.createDirectories(HOME);
        try (FileChannel lock = FileChannel.open(HOME.resolve("lock"), CREATE, WRITE)) {
            lock.lock(); // another JVM may run tests that install, too
            copyChromium(HOME);
            copy("/browser/" + name, HOME.resolve(name));
            if (!Files.exists(INSTALLED)) {
                Files.writeString(HOME.resolve("package.json"), dependencies(more));
                installPackages();
            }
        }
        return new BrowserScript(name);
    }

    private static String dependencies(String more) {
        return """
            {"private": true, "type": "module", "dependencies": {"playwright-core": "1.65.0"%s}}
            """.formatted(more);
    }

    private static void installPackages() throws IOException, InterruptedException {
        String said = run(
                "npm",
                "install",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--no-package-lock",
                "--prefer-offline");
        Required.require(
                "chromium",
                Files.isDirectory(HOME.resolve("node_modules/playwright-core")),
                Complaint.of("npm install", said));
        Files.createFile(INSTALLED);
    }

    /** Copies the module by which scripts start Chromium. */
    public static void copyChromium(Path directory) throws IOException {
        copy("chromium.mjs", directory.resolve("chromium.mjs"));
    }

    /** Another process may read the file at the same time. */
    private static void copy(String resource, Path file) throws IOException {
        Path whole = Files.createTempFile(file.getParent(), "script", null);
        try (InputStream in = BrowserScript.class.getResourceAsStream(resource)) {
            Files.write(whole, in.readAllBytes());
        }
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
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
                .orElseThrow(() -> new AssertionError(Complaint.of(name, printed)));
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
            if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
                process.destroy(); // on SIGTERM Playwright ends its browser
                process.waitFor(10, TimeUnit.SECONDS);
                throw new IOException(Complaint.of(
                        command[0] + " " + command[1] + " did not end within " + MOST_SECONDS + " s",
                        Files.readString(log)));
            }
            return Files.readString(log, StandardCharsets.UTF_8);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            Files.delete(log);
        }
    }
}
