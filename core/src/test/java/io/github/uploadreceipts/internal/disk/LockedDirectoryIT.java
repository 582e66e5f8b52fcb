package io.github.uploadreceipts.internal.disk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory that another JVM has locked. */
class LockedDirectoryIT {

    private static final String PREFIX = "fetch-";

    @TempDir
    Path parent;

    /** Another JVM: locks a directory in the one that is named, and keeps it as long as it lives. */
    static final class Holder {

        private Holder() {}

        public static void main(String[] arguments) throws IOException {
            LockedDirectory directory = LockedDirectory.create(Path.of(arguments[0]), PREFIX);
            Files.writeString(directory.resolve("half"), "received");
            System.out.println(directory.resolve("."));
            while (System.in.read() >= 0) {}
        }
    }

    private Process holder() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        parent.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    @Test
    void deleteIfOrphan_ofALivingJvm_stays_ofADeadOne_goes() throws Exception {
        Process process = holder();
        Path theirs;
        try (var out = process.inputReader(UTF_8)) {
            theirs = Path.of(out.readLine()).normalize();
            assertThat(LockedDirectory.isOurs(theirs, PREFIX)).isFalse();
            LockedDirectory.deleteIfOrphan(theirs);
            assertThat(theirs.resolve("half")).exists();
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(theirs.resolve("half"))
                .as("a JVM that is killed deletes nothing")
                .exists();
        LockedDirectory.deleteIfOrphan(theirs);
        assertThat(theirs).doesNotExist();
        assertThatCode(() -> LockedDirectory.deleteIfOrphan(theirs)).doesNotThrowAnyException();
    }
}
