package io.github.uploadreceipts.internal.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class LockedDirectoryTest {

    private static final String PREFIX = "fetch-";

    @TempDir
    Path parent;

    private List<Path> directories() throws IOException {
        try (Stream<Path> entries = Files.list(parent)) {
            return entries.toList();
        }
    }

    @Test
    void create_oneOfOurs_untilItIsClosed() throws IOException {
        LockedDirectory directory = LockedDirectory.create(parent, PREFIX);
        Path path = directory.resolve("x").getParent();
        assertThat(directories()).containsExactly(path);
        assertThat(path.getFileName().toString()).startsWith(PREFIX);
        assertThat(directory.resolve("lock")).isRegularFile();
        assertThat(LockedDirectory.isOurs(path, PREFIX)).isTrue();
        assertThat(LockedDirectory.isOurs(path, "")).isFalse();

        Files.writeString(directory.resolve("half"), "received");
        directory.close();
        assertThat(path).doesNotExist();
        assertThatCode(directory::close).as("closing again").doesNotThrowAnyException();
    }

    @Test
    void create_several_besideEachOther() throws IOException {
        try (LockedDirectory one = LockedDirectory.create(parent, "");
                LockedDirectory other = LockedDirectory.create(parent, "")) {
            assertThat(one.resolve("x")).isNotEqualTo(other.resolve("x"));
            assertThat(directories()).hasSize(2).allMatch(path -> LockedDirectory.isOurs(path, ""));
        }
        assertThat(directories()).isEmpty();
    }

    @Test
    void create_withAttributes() throws IOException {
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        try (LockedDirectory directory = LockedDirectory.create(parent, PREFIX, ownerOnly)) {
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(directory.resolve("x").getParent())))
                    .isEqualTo("rwx------");
        }
    }

    /** The directory's path has the maximum length, so the path of its lock file is too long. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void create_cannotBeLocked_leavesNothing() throws IOException {
        int longestPath = 4095;
        int nameLength;
        try (LockedDirectory directory = LockedDirectory.create(parent, "")) {
            nameLength =
                    directory.resolve("x").getParent().getFileName().toString().length();
        }
        Path deep = parent;
        while (deep.toString().length() < longestPath - 250) {
            deep = Files.createDirectory(deep.resolve("d".repeat(100)));
        }
        Path almost = deep;
        String prefix = "p".repeat(longestPath - deep.toString().length() - "/".length() - nameLength);

        assertThatIOException().isThrownBy(() -> LockedDirectory.create(almost, prefix));
        assertThat(almost).isEmptyDirectory();
    }

    /** Following a link that an attacker put in place of a lock file would open a file elsewhere. */
    @Test
    void openLockFile_aLink_notFollowed() throws IOException {
        Path directory = Files.createDirectory(parent.resolve("theirs"));
        Path target = Files.writeString(parent.resolve("precious"), "x");
        Files.createSymbolicLink(directory.resolve("lock"), target);
        assertThatIOException().isThrownBy(() -> {
            try (FileChannel opened = LockedDirectory.openLockFile(directory)) {
                assertThat(opened.isOpen()).isFalse();
            }
        });
        assertThatIOException().isThrownBy(() -> LockedDirectory.deleteIfOrphan(directory));
        assertThat(target).hasContent("x");
        assertThat(directory).isDirectory();
    }

    /** A cleaner of temporary files may have deleted the lock file of a JVM that lives. */
    @Test
    void deleteIfOrphan_withoutALockFile_onlyIfUntouched() throws IOException {
        Path directory = Files.createDirectory(parent.resolve("theirs"));
        Path half = Files.writeString(directory.resolve("half"), "received");
        FileTime old = FileTime.from(Instant.now().minus(Duration.ofHours(25)));
        Files.setLastModifiedTime(directory, old);

        LockedDirectory.deleteIfOrphan(directory);
        assertThat(half).as("something in it is younger").exists();
        assertThat(directory.resolve("lock"))
                .as("a test that creates it would find it free")
                .doesNotExist();

        Files.setLastModifiedTime(half, old);
        LockedDirectory.deleteIfOrphan(directory);
        assertThat(directory).doesNotExist();
        LockedDirectory.deleteIfOrphan(directory);
    }

    @Test
    void make_deletedMeanwhile_anewWithItsLock() throws IOException {
        try (LockedDirectory directory = LockedDirectory.create(parent, "")) {
            Path path = directory.resolve("x").getParent();
            LockedDirectory.deleteTree(path);
            directory.make();
            directory.make();
            assertThat(directories()).containsExactly(path);
            LockedDirectory.deleteIfOrphan(path);
            assertThat(path).as("it is locked").isDirectory();
        }
        assertThat(parent).isEmptyDirectory();
        LockedDirectory later = LockedDirectory.named(parent, "");
        later.close();
        assertThatIOException().isThrownBy(later::make);
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void deleteTree_linksAreDeleted_notWhatTheyLeadTo() throws IOException {
        Path target = Files.createDirectory(parent.resolve("elsewhere"));
        Files.writeString(target.resolve("precious"), "x");
        Path tree = Files.createDirectories(parent.resolve("a/b/c")).getParent().getParent();
        Files.writeString(tree.resolve("b/file"), "y");
        Files.createSymbolicLink(tree.resolve("b/directory"), target);
        Files.createSymbolicLink(tree.resolve("b/c/file"), target.resolve("precious"));
        LockedDirectory.deleteTree(tree);
        assertThat(tree).doesNotExist();
        assertThat(target.resolve("precious")).hasContent("x");
        assertThatCode(() -> LockedDirectory.deleteTree(tree))
                .as("deleting again")
                .doesNotThrowAnyException();
    }

    /** Several JVMs may start at once and clean up the same orphaned directory. */
    @Test
    void deleteTree_byManyAtOnce_noneFails() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 20; round++) {
                Path tree = Files.createDirectories(parent.resolve("tree"));
                for (int i = 0; i < 100; i++) {
                    Files.createFile(tree.resolve("file-" + i));
                }
                List<Callable<Boolean>> deleting = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    deleting.add(() -> {
                        LockedDirectory.deleteTree(tree);
                        return true;
                    });
                }
                for (Future<Boolean> deleted : pool.invokeAll(deleting)) {
                    assertThat(deleted.get()).isTrue();
                }
                assertThat(tree).doesNotExist();
            }
        } finally {
            pool.shutdownNow();
        }
    }
}
