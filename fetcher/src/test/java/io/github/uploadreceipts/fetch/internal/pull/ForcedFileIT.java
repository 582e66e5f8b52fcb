package io.github.uploadreceipts.fetch.internal.pull;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.fetch.ScriptedPeer;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.Strace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traces the system calls that make a fetched upload the caller's file. If one fails, no incomplete file is left. */
class ForcedFileIT {

    private static final Pattern CALL =
            Pattern.compile("(?:(fsync)\\(\\d+<(.*?)>\\)|(rename)\\(\"(.*?)\", \"(.*?)\"\\)) += 0.*");

    @TempDir
    private Path temporary;

    private Path directory;

    @BeforeEach
    void requireStrace() throws Exception {
        Strace.require();
        directory = temporary.toRealPath();
        Files.writeString(directory.resolve("pulled"), "content");
        Files.createDirectory(directory.resolve("orders"));
    }

    /** A program that moves or copies a pulled upload. */
    static final class Program {

        private Program() {}

        public static void main(String[] args) {
            Path directory = Path.of(args[0]);
            UploadReceipt receipt = ScriptedPeer.receipt(UploadId.random(), new byte[7], "http://127.0.0.1:1");
            PulledUpload upload = new PulledUpload(receipt, receipt.owner(), directory.resolve("pulled"));
            try {
                if (args[1].equals("move")) {
                    upload.moveTo(directory.resolve("orders").resolve("1"));
                } else {
                    upload.copyTo(directory.resolve("orders").resolve("1"));
                }
                System.out.print("done");
            } catch (IOException e) {
                System.out.print("failed");
            }
        }
    }

    private String run(String what, String... strace) throws Exception {
        List<String> command = Strace.command(directory, strace);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                directory.toString(),
                what));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return printed;
    }

    private List<String> calls() throws IOException {
        List<String> calls = new ArrayList<>();
        for (String line : Strace.lines(directory)) {
            Matcher call = CALL.matcher(line);
            if (line.contains(directory.toString()) && call.matches()) {
                calls.add(
                        call.group(1) != null
                                ? "force " + call.group(2)
                                : "rename " + call.group(4) + " " + call.group(5));
            }
        }
        calls.replaceAll(call -> call.replace(directory.toString(), "DIR"));
        return calls;
    }

    @Test
    void moveTo_forcesTheFileThenRenamesThenForcesTheDirectory() throws Exception {
        assertThat(run("move", "-e", "trace=fsync,rename")).isEqualTo("done");
        assertThat(calls()).containsExactly("force DIR/pulled", "rename DIR/pulled DIR/orders/1", "force DIR/orders");
        assertThat(directory.resolve("orders").resolve("1")).hasContent("content");
    }

    @Test
    void moveTo_directoryCannotBeForced_leavesTheCopyWhereItWas() throws Exception {
        assertThat(run("move", "-P", directory.resolve("orders").toString(), "-e", "inject=fsync:error=EIO"))
                .isEqualTo("failed");
        assertThat(directory.resolve("orders")).isEmptyDirectory();
        assertThat(directory.resolve("pulled")).hasContent("content");
    }

    @Test
    void moveTo_otherFileSystem_copiesAndForces() throws Exception {
        assertThat(run("move", "-e", "trace=fsync,rename", "-e", "inject=rename:error=EXDEV"))
                .isEqualTo("done");
        assertThat(calls()).endsWith("force DIR/orders/1", "force DIR/orders");
        assertThat(directory.resolve("orders").resolve("1")).hasContent("content");
        assertThat(directory.resolve("pulled")).doesNotExist();
    }

    @Test
    void copyTo_forcesTheFileThenTheDirectory() throws Exception {
        assertThat(run("copy", "-e", "trace=fsync,rename")).isEqualTo("done");
        assertThat(calls()).containsExactly("force DIR/orders/1", "force DIR/orders");
    }

    @Test
    void copyTo_closingFails_leavesNoFile() throws Exception {
        Path target = directory.resolve("orders").resolve("1");
        assertThat(run("copy", "-P", target.toString(), "-e", "inject=close:error=EIO"))
                .isEqualTo("failed");
        assertThat(target).doesNotExist();
    }
}
