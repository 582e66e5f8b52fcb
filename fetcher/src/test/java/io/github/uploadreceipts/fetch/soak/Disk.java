package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.testing.Complaint;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The disk of a host, with its store in a directory. Where this machine may mount, it is a mount of its own, which can
 * be taken away while files are open, and comes back with the same files.
 */
final class Disk implements Closeable {

    /** The size of a small disk, and its number of files and directories. */
    private static final String SMALL = "size=64m,nr_inodes=400";

    private final Path backing;
    private final Path mount;
    private final boolean mounts;
    private boolean small;

    /**
     * Makes a disk that is a part of the machine's own.
     *
     * @param mounts whether this machine mounts file systems
     */
    Disk(Path directory, boolean mounts) throws IOException {
        this.backing = Files.createDirectories(directory.resolve("backing"));
        this.mount = Files.createDirectories(directory.resolve("disk"));
        this.mounts = mounts;
        mount();
    }

    /** Makes a disk of 64 MiB with 400 inodes. */
    static Disk small(Path directory) throws IOException {
        Disk disk = new Disk(directory, true);
        disk.unmount();
        run("mount", "-t", "tmpfs", "-o", SMALL, "none", disk.backing.toString());
        disk.small = true;
        disk.mount();
        return disk;
    }

    /** Returns whether this machine mounts file systems: Linux, as root. */
    static boolean canMount(Path directory) {
        try (Disk disk = small(directory)) {
            return disk.small;
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns the directory of the store. */
    Path store() {
        return mount.resolve("store");
    }

    void mount() throws IOException {
        if (mounts) {
            run("mount", "--bind", backing.toString(), mount.toString());
        }
    }

    /** Takes the disk away. Its mount point is then an empty directory. */
    void unmount() throws IOException {
        if (mounts) {
            run("umount", "-l", mount.toString());
        }
    }

    /** Creates an empty file in the store, if there is an inode for it. */
    void tryCreate(String file) throws IOException {
        try {
            Files.createFile(store().resolve(file));
        } catch (FileSystemException e) {
            if (!small) {
                throw e;
            }
        }
    }

    @Override
    public void close() throws IOException {
        unmount();
        if (small) {
            run("umount", "-l", backing.toString());
        }
    }

    /** Runs a command of the system. */
    static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(Complaint.of(List.of(command) + " failed", printed));
        }
    }
}
