package io.github.uploadreceipts.fetch.soak;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The disk of a host, with its store in a directory. Where this machine may mount, it is a mount of its own, which can
 * be taken away while files are open, and comes back with the same files.
 */
final class Disk implements Closeable {

    /** The size of a small disk, and its number of files and directories. */
    private static final String SMALL = "size=64m,nr_inodes=400";

    private final Path backing;
    private final Path mount;
    private final boolean small;
    private final boolean mounted;

    private Disk(Path directory, boolean small, boolean mounted) throws IOException {
        this.backing = Files.createDirectories(directory.resolve("backing"));
        this.mount = Files.createDirectories(directory.resolve("disk"));
        this.small = small;
        this.mounted = mounted;
    }

    /** Returns whether this machine mounts file systems: Linux, as root. */
    static boolean canMount(Path directory) {
        try (Disk disk = small(directory)) {
            return disk.isSmall();
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns a disk that is a part of the machine's own, mounted or not. */
    static Disk large(Path directory, boolean mounted) throws IOException {
        Disk disk = new Disk(directory, false, mounted);
        disk.mount();
        return disk;
    }

    /** Returns a disk of 64 MiB with 400 inodes. */
    static Disk small(Path directory) throws IOException {
        Disk disk = new Disk(directory, true, true);
        Shell.run("mount", "-t", "tmpfs", "-o", SMALL, "none", disk.backing.toString());
        try {
            disk.mount();
        } catch (IOException e) {
            Shell.run("umount", disk.backing.toString());
            throw e;
        }
        return disk;
    }

    boolean isSmall() {
        return small;
    }

    /** Returns the directory of the store. */
    Path store() {
        return mount.resolve("store");
    }

    void mount() throws IOException {
        if (mounted) {
            Shell.run("mount", "--bind", backing.toString(), mount.toString());
        }
    }

    /** Takes the disk away. Its mount point is then an empty directory. */
    void unmount() throws IOException {
        if (mounted) {
            Shell.run("umount", "-l", mount.toString());
        }
    }

    @Override
    public void close() throws IOException {
        unmount();
        if (small) {
            Shell.run("umount", "-l", backing.toString());
        }
    }
}
