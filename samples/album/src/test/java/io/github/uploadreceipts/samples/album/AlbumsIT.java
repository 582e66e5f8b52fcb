package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.testing.Strace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The system calls that publish an album. */
class AlbumsIT {

    private static final Pattern CALL =
            Pattern.compile("(?:f(?:data)?sync\\(\\d+<(.*)>\\)|rename\\w*\\(\"(.*)\", \"(.*)\"\\)) += 0");

    @TempDir
    Path directory;

    private Path root;

    /** Publishes one album. The test that traces system calls runs this as a program. */
    public static void main(String[] arguments) throws IOException {
        AlbumsTest.publish(Albums.in(Path.of(arguments[0])));
    }

    /** Traces the system calls, because no other order survives a power cut. */
    @Test
    void publish_bytesThenNameThenDirectory() throws Exception {
        root = directory.toRealPath().resolve("albums");
        Strace.require();
        List<String> command = Strace.command(directory, "-e", "trace=fsync,fdatasync,rename,renameat,renameat2");
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                AlbumsIT.class.getName(),
                root.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        assertThat(calls())
                .containsExactly(
                        "force ROOT",
                        "force DIR",
                        "force ROOT",
                        "force ROOT/drafts/ID/album.json.draft",
                        "rename ROOT/drafts/ID/album.json.draft ROOT/drafts/ID/album.json",
                        "force ROOT/drafts/ID",
                        "force ROOT/orders/ORDER.draft",
                        "rename ROOT/orders/ORDER.draft ROOT/orders/ORDER",
                        "force ROOT/orders",
                        "rename ROOT/drafts/ID ROOT/made/ID",
                        "force ROOT/made");
    }

    /** Returns the calls on files below the test's directory. Random names are replaced by fixed ones. */
    private List<String> calls() throws IOException {
        List<String> calls = new ArrayList<>();
        for (String line : Strace.lines(directory)) {
            Matcher call = CALL.matcher(line);
            if (line.contains(directory.toString()) && call.lookingAt()) {
                calls.add(
                        call.group(1) == null
                                ? "rename " + call.group(2) + " " + call.group(3)
                                : "force " + call.group(1));
            }
        }
        calls.replaceAll(call -> call.replace(root.toString(), "ROOT")
                .replace(root.getParent().toString(), "DIR")
                .replaceAll("orders/[0-9a-f]{64}", "orders/ORDER")
                .replaceAll("(drafts|made)/[0-9A-Za-z_-]{22}", "$1/ID"));
        return calls;
    }
}
