package io.github.uploadreceipts.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HourDirectoriesTest {

    private static final ExpiryHour HOUR = ExpiryHour.parse("2026-11-22T09");
    private static final ExpiryHour LATER = ExpiryHour.parse("2026-11-22T10");

    @TempDir
    Path directory;

    private Disk disk;
    private Path parent;
    private HourDirectories hours;

    @BeforeEach
    void open() throws IOException {
        disk = new Disk(directory, Durability.FORCED, PosixFilePermissions.fromString("rw-r-----"));
        parent = directory.toRealPath().resolve("hours");
        hours = new HourDirectories(parent, disk, 0700);
    }

    private int mode(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:mode") & 07777;
    }

    @Test
    void createDurably_twice_sameDirectory_withItsMode() throws IOException {
        Path hour = hours.createDurably(HOUR);

        assertThat(hours.createDurably(HOUR)).isEqualTo(hour).isEqualTo(parent.resolve("2026-11-22T09"));
        assertThat(mode(hour)).isEqualTo(0700);
    }

    /** Another JVM or an operator may have deleted the directory. */
    @Test
    void createDurably_deletedMeanwhile_createdAgain() throws IOException {
        Files.delete(hours.createDurably(HOUR));

        assertThat(hours.createDurably(HOUR)).isDirectory();
    }

    @Test
    void open_existing_modeCorrected_setGroupIdKept() throws IOException {
        Files.setAttribute(parent, "unix:mode", 02755);
        hours = new HourDirectories(parent, disk, 0750);

        assertThat(mode(parent)).isEqualTo(02750);
        assertThat(mode(hours.createDurably(HOUR))).isEqualTo(02750);
    }

    @Test
    void open_aFile_fails() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThatIOException().isThrownBy(() -> new HourDirectories(file, disk, 0700));
    }

    @Test
    void requireThere_moved_fails() throws IOException {
        hours.requireThere();
        Files.move(parent, directory.resolve("elsewhere"));

        assertThatIOException().isThrownBy(hours::requireThere);
        assertThatIOException().isThrownBy(() -> hours.force(HOUR));
    }

    @Test
    void purge_onlyHoursThatAreOver_whatIsNotOursStays() throws IOException {
        ExpiryHour before = ExpiryHour.of(HOUR.start().minus(Duration.ofHours(1)));
        Files.createDirectories(hours.createDurably(before).resolve("not-ours").resolve("full"));
        Files.createFile(hours.createDurably(HOUR).resolve("upload"));
        Files.createFile(hours.createDurably(LATER).resolve("upload"));
        Files.createDirectory(parent.resolve("other"));

        assertThat(hours.purge(before.start())).isZero();
        hours.purge(HOUR.start().plus(Duration.ofHours(2)));

        assertThat(hours.file(before, "not-ours")).isDirectory();
        assertThat(parent.resolve(HOUR.toString())).doesNotExist();
        assertThat(hours.file(LATER, "upload")).exists();
        assertThat(parent.resolve("other")).isDirectory();
    }
}
