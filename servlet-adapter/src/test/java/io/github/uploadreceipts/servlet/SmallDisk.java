package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.testing.Required;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A file system for one test. It can be full, read-only, or lose power. It needs Linux and root.
 *
 * <p>A power cut is the file system's shutdown ioctl without flushing the log: bytes that were not forced are lost, and
 * writers get EIO. So it simulates a crash of the operating system, but neither torn sectors nor a disk that ignores
 * forces.
 */
final class SmallDisk implements AutoCloseable {

    /**
     * {@code EXT4_IOC_SHUTDOWN}, which equals {@code XFS_IOC_GOINGDOWN}, with the flag {@code NOLOGFLUSH}. Runs when a
     * line comes.
     */
    private static final String SHUTDOWN = "open(D, '<', $ARGV[0]) or die $!; my $flags = pack('I', 2); $| = 1;"
            + " print qq(ready\\n); <STDIN>; ioctl(D, 0x8004587D, $flags) or die $!";

    private static final long PAUSE_NANOS = 20_000_000;
    private static final int TRIES = 500;

    private final Path image;
    private final Path mount;

    private SmallDisk(Path image, Path mount) {
        this.image = image;
        this.mount = mount;
    }

    /** Creates a disk below {@code directory}, or skips the test if this machine cannot. */
    static SmallDisk ext4(Path directory, int mebibytes, String... options) throws IOException {
        return looped(directory, mebibytes, "mkfs.ext4 -q -F " + String.join(" ", options));
    }

    /** Creates a disk with XFS, which needs at least 300 MiB. */
    static SmallDisk xfs(Path directory) throws IOException {
        return looped(directory, 320, "mkfs.xfs -q -f");
    }

    private static SmallDisk looped(Path directory, int mebibytes, String mkfs) throws IOException {
        SmallDisk disk = new SmallDisk(directory.resolve("image"), Files.createDirectory(directory.resolve("disk")));
        String problem = run(
                "truncate -s " + mebibytes + "M \"$1\" && " + mkfs + " \"$1\" && mount -o loop \"$1\" \"$2\""
                        + " && perl -e 1",
                disk.image,
                disk.mount);
        return disk.orSkipped(problem);
    }

    static SmallDisk tmpfs(Path directory, String options) throws IOException {
        SmallDisk disk = new SmallDisk(directory.resolve("none"), Files.createDirectory(directory.resolve("disk")));
        return disk.orSkipped(run("mount -t tmpfs -o " + options + " none \"$1\"", disk.mount));
    }

    /** Mounts a disk over a directory that exists. */
    static SmallDisk tmpfsOver(Path directory, String options) throws IOException {
        SmallDisk disk = new SmallDisk(directory.resolveSibling("none"), directory);
        return disk.orSkipped(run("mount -t tmpfs -o " + options + " none \"$1\"", disk.mount));
    }

    private SmallDisk orSkipped(String problem) throws IOException {
        if (!problem.isEmpty()) {
            close();
        }
        Required.require("powercut", problem.isEmpty(), "no file system can be made here (root, Linux): " + problem);
        return this;
    }

    Path path() {
        return mount;
    }

    /** Returns a switch that cuts the power within a fraction of a millisecond. */
    Switch powerSwitch() throws IOException {
        Process process = new ProcessBuilder("perl", "-e", SHUTDOWN, mount.toString())
                .redirectErrorStream(true)
                .start();
        String first = process.inputReader(StandardCharsets.UTF_8).readLine();
        if (!"ready".equals(first)) {
            throw new IOException("no power switch: " + first);
        }
        return () -> {
            process.getOutputStream().close();
            if (process.onExit().join().exitValue() != 0) {
                throw new IOException(
                        process.inputReader(StandardCharsets.UTF_8).readLine());
            }
        };
    }

    /** Cuts the power once. */
    interface Switch {
        void cut() throws IOException;
    }

    /**
     * Restores the power: mounts the disk anew, which replays the journal. No process may have a file open on the old
     * mount.
     */
    void restore() throws IOException {
        unmount();
        sound("mount -o loop \"$1\" \"$2\"", image, mount);
    }

    void remount(String options) throws IOException {
        sound("mount -o remount," + options + " \"$1\"", mount);
    }

    /** Prevents every change to the directory, even by root. */
    void immutable(Path directory, boolean now) throws IOException {
        sound("chattr -R " + (now ? "+i" : "-i") + " \"$1\"", directory);
    }

    private void unmount() throws IOException {
        String problem = run("umount \"$1\"", mount);
        for (int i = 0; i < TRIES && !problem.isEmpty(); i++) {
            LockSupport.parkNanos(PAUSE_NANOS);
            problem = run("umount \"$1\"", mount);
        }
        if (!problem.isEmpty()) {
            throw new IOException(problem + "; open here: " + openFiles());
        }
    }

    private List<String> openFiles() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .map(descriptor -> run("readlink \"$1\"", descriptor))
                    .filter(file -> file.startsWith(mount.toString()))
                    .toList();
        }
    }

    private static void sound(String script, Object... arguments) throws IOException {
        String problem = run(script, arguments);
        if (!problem.isEmpty()) {
            throw new IOException(problem);
        }
    }

    /** Returns the script's output, or that it failed. Empty if it succeeded without output. */
    private static String run(String script, Object... arguments) {
        List<String> command = Stream.concat(
                        Stream.of("/bin/sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; " + script, "sh"),
                        Stream.of(arguments).map(Object::toString))
                .toList();
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? printed : "'" + script + "' failed: " + printed;
        } catch (IOException e) {
            return e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return e.toString();
        }
    }

    @Override
    public void close() throws IOException {
        if (Files.readString(Path.of("/proc/self/mounts")).contains(" " + mount + " ")) {
            try {
                unmount();
            } catch (IOException e) {
                sound("umount -l \"$1\"", mount);
                throw e;
            }
        }
        Files.deleteIfExists(image);
    }
}
