package io.github.uploadreceipts.fetch.internal.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.fetch.Descriptors;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FetchDirectoryTest {

    private static final Duration OLD = Duration.ofMinutes(2);
    private static final int RACES = 500;

    @TempDir
    private Path parent;

    private Path leftover(String name, Duration age) throws IOException {
        Path directory = Files.createDirectory(parent.resolve("upload-receipts-fetch-" + name));
        Files.createFile(directory.resolve("lock"));
        Files.writeString(directory.resolve("0"), "half");
        Files.setLastModifiedTime(directory, FileTime.from(Instant.now().minus(age)));
        return directory;
    }

    @Test
    void deleteOrphans_deletesWhatDeadJvmsLeftAndNothingElse() throws Exception {
        Path dead = leftover("dead", OLD);
        Path young = leftover("young", Duration.ZERO);
        Path alive = leftover("alive", OLD);
        Path foreign = Files.createDirectory(parent.resolve("foreign"));
        Path target = Files.createDirectory(parent.resolve("target"));
        Path link = Files.createSymbolicLink(parent.resolve("upload-receipts-fetch-link"), target);
        try (FileChannel channel = FileChannel.open(alive.resolve("lock"), StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            FetchDirectory.deleteOrphans(parent);
            assertThat(lock.isValid()).isTrue();
        }

        assertThat(dead).doesNotExist();
        try (Stream<Path> left = Files.list(parent)) {
            assertThat(left).containsExactlyInAnyOrder(young, alive, foreign, target, link);
        }
    }

    @Test
    void deleteOrphans_linkInside_isNotFollowed() throws Exception {
        Path precious = Files.createDirectory(parent.resolve("precious"));
        Files.writeString(precious.resolve("file"), "dear");
        Path dead = leftover("dead", OLD);
        Files.createSymbolicLink(dead.resolve("1"), precious);
        Files.setLastModifiedTime(dead, FileTime.from(Instant.now().minus(OLD)));
        FetchDirectory.deleteOrphans(parent);

        assertThat(dead).doesNotExist();
        assertThat(precious.resolve("file")).hasContent("dear");
    }

    @Test
    void newFile_directoryIsForItsOwnerOnly() throws Exception {
        try (FetchDirectory directory = new FetchDirectory(parent)) {
            assertThat(parent).isEmptyDirectory();
            Path file = directory.newFile(3);

            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                    .isEqualTo("rwx------");
            assertThat(directory.newFile(4)).hasParentRaw(file.getParent());
        }
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void close_filesCannotBeDeleted_closesTheLockFile() throws Exception {
        long descriptors = Descriptors.count(parent);
        FetchDirectory directory = new FetchDirectory(parent);
        Files.move(directory.newFile(0).getParent(), parent.resolve("away"));
        directory.close();

        assertThat(Descriptors.count(parent)).isEqualTo(descriptors);
    }

    @Test
    void newFile_closed_isRefused() throws Exception {
        FetchDirectory directory = new FetchDirectory(parent);
        directory.close();
        assertThatThrownBy(() -> directory.newFile(0)).isInstanceOf(IOException.class);
    }

    @Test
    void close_whileFilesAreMadeAndDeleted_leavesNothing() throws Exception {
        for (int i = 0; i < RACES; i++) {
            FetchDirectory directory = new FetchDirectory(parent);
            CountDownLatch begun = new CountDownLatch(1);
            CompletableFuture<Void> worker = CompletableFuture.runAsync(() -> makeFilesUntilClosed(directory, begun));
            begun.await();
            directory.close();
            worker.join();

            assertThat(parent).isEmptyDirectory();
        }
    }

    private static void makeFilesUntilClosed(FetchDirectory directory, CountDownLatch begun) {
        try {
            for (int i = 0; ; i++) {
                Path file = directory.newFile(i);
                begun.countDown();
                if (i % 2 == 0) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            // closed
        }
    }
}
