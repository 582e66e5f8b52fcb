package io.github.uploadreceipts.samples.album;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The program: starts a fleet in one JVM, does a round by itself, and then serves the page. */
public final class Album {

    private static final Logger JETTY = Logger.getLogger("org.eclipse.jetty"); // held, to keep its level

    private Album() {}

    /** Runs until it is terminated. With {@code --once}, it exits after the round: with 0, or with 1 and the reason. */
    public static void main(String[] arguments) throws InterruptedException {
        System.setProperty("java.awt.headless", "true");
        JETTY.setLevel(Level.WARNING);
        try {
            run(Options.parse(arguments));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + System.lineSeparator() + Options.USAGE);
            System.exit(2);
        } catch (IOException | RuntimeException e) {
            System.err.println("album: " + (e instanceof IOException ? e.getMessage() : e));
            System.exit(1);
        }
        System.exit(0);
    }

    private static void run(Options options) throws IOException, InterruptedException {
        Path directory = options.directory().isPresent() ? options.directory().get() : temporary();
        AtomicReference<@Nullable Fleet> started = new AtomicReference<>();
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> end(started.get(), options.directory().isEmpty(), directory), "end-of-album"));
        Fleet fleet = Fleet.start(options, directory);
        started.set(fleet);
        List<Path> files = options.files().isEmpty() ? Pictures.draw(directory.resolve("drawn")) : options.files();
        System.out.println(Table.of(new Round(fleet).run(files)));
        if (!options.once()) {
            System.out.println(fleet.plans().stream()
                    .map(plan -> plan.url() + "/")
                    .collect(Collectors.joining(" ", "ready ", "")));
            System.out.flush();
            new CountDownLatch(1).await(); // until the program is terminated
        }
    }

    /** Other users may enter the directory, so that a front server can, but cannot list it. */
    private static Path temporary() throws IOException {
        Path directory = Files.createTempDirectory("album-");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        return directory;
    }

    private static void end(@Nullable Fleet fleet, boolean temporary, Path directory) {
        try {
            if (fleet != null) {
                fleet.close();
            }
            if (temporary) {
                Trees.delete(directory);
            }
        } catch (IOException e) {
            System.err.println("album: " + e.getMessage());
        }
    }
}
