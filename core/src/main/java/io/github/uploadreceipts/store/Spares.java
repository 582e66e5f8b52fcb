package io.github.uploadreceipts.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Small files that are made beforehand. Each holds an inode and a block, which a step gets that must succeed on a full
 * disk: one about an upload that is there already. New uploads do not get them, and wait until they are all made again.
 * Java cannot say how many inodes are free, but it can keep some. The files stay when the store is closed, for the next
 * start. The JVMs on one store share them.
 */
final class Spares {

    private static final String PREFIX = "spare-";
    private static final int COUNT = 64;
    private static final byte[] BLOCK = new byte[4096];

    private final Path directory;
    private final Disk disk;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean complete;

    /** @param directory where the files are; they are made when they are first {@linkplain #areComplete asked for} */
    Spares(Path directory, Disk disk) {
        this.directory = directory;
        this.disk = disk;
    }

    /**
     * Returns whether all spares are there and one more file can be made, as far as is known. Makes those that are
     * missing, also when a cleaner of temporary files has deleted them: it takes the first one, too. A failure for
     * another reason is left to whoever makes a file that is needed.
     */
    boolean areComplete() {
        if (complete && Files.exists(directory.resolve(PREFIX + 0))) {
            return true;
        }
        if (!lock.tryLock()) { // somebody needs them now
            return false;
        }
        try {
            for (int i = 0; i <= COUNT; i++) {
                Path file = directory.resolve(PREFIX + i);
                if (!Files.exists(file)) {
                    make(file);
                }
            }
            Files.deleteIfExists(directory.resolve(PREFIX + COUNT));
            complete = true;
            return true;
        } catch (IOException e) {
            return !disk.isFull(e);
        } finally {
            lock.unlock();
        }
    }

    private static void make(Path file) throws IOException {
        try {
            Files.write(file, BLOCK, StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException e) {
            // another JVM has just made it
        } catch (IOException e) {
            Files.deleteIfExists(file); // there may have been an inode, but no block
            throw e;
        }
    }

    /** Makes what a new upload needs. Fails if that would need a spare. */
    <T> T forNew(Disk.Step<T> step) throws IOException {
        if (!areComplete()) {
            throw new StoreException.Full("the disk has no room for a further file", null);
        }
        try {
            return step.run();
        } catch (IOException e) {
            if (disk.isFull(e)) {
                complete = false; // the next one looks before it begins
            }
            throw e;
        }
    }

    /** Runs a step about an upload that is there. While the disk is full, gives up a spare and tries again. */
    <T> T forKnown(Disk.Step<T> step) throws IOException {
        return run(step, 0);
    }

    /**
     * Runs a step as {@link #forKnown} does, without which an unfinished upload cannot go on. It may need many spares,
     * and leaves half of them to other steps.
     */
    <T> T forUnfinished(Disk.Step<T> step) throws IOException {
        return run(step, COUNT / 2);
    }

    private <T> T run(Disk.Step<T> step, int firstSpare) throws IOException {
        try {
            return step.run();
        } catch (IOException e) {
            if (!isFull(e)) {
                throw e;
            }
        }
        lock.lock(); // or a new upload could take what is given up here
        try {
            while (true) {
                boolean given = give(firstSpare);
                try {
                    return step.run();
                } catch (IOException e) {
                    if (!given || !isFull(e)) {
                        throw e;
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isFull(IOException e) {
        boolean known = e instanceof FileAlreadyExistsException || e instanceof NoSuchFileException;
        return !known && disk.isFull(e);
    }

    private boolean give(int first) throws IOException {
        complete = false;
        for (int i = first; i < COUNT; i++) {
            if (Files.deleteIfExists(directory.resolve(PREFIX + i))) {
                return true;
            }
        }
        return false;
    }
}
