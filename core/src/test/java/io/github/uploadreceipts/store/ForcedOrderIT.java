package io.github.uploadreceipts.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.testing.Strace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traces the system calls that force and name files. Only this order survives a power cut. */
@Tag("slow")
class ForcedOrderIT {

    private static final String CALLS = "fsync,fdatasync,rename,renameat,renameat2,link,linkat,mkdir,mkdirat";
    private static final Pattern FORCE = Pattern.compile("(?:fsync|fdatasync)\\(\\d+<(.*)>\\) += 0");
    private static final Pattern RENAME = Pattern.compile("(rename|link)\\w*\\(\"(.*?)\", \"(.*?)\"\\) += 0");
    private static final Pattern MKDIR = Pattern.compile("mkdir\\(\"(.*?)\", \\w+\\) += 0");

    @TempDir
    Path directory;

    private Path root;

    @BeforeEach
    void requireStrace() throws Exception {
        Strace.require();
        root = directory.toRealPath().resolve("new").resolve("store");
    }

    private List<String> strace(String... more) {
        List<String> command = Strace.command(directory, "-e", "trace=" + CALLS);
        command.addAll(List.of(more));
        return command;
    }

    /** Returns the main thread's calls on files below the test's directory. Random names are replaced by fixed ones. */
    private List<String> calls() throws IOException {
        return Strace.lines(directory).stream()
                .filter(line -> line.contains(directory.toString()))
                .map(this::simple)
                .filter(call -> !call.isEmpty())
                .toList();
    }

    private String simple(String line) {
        Matcher force = FORCE.matcher(line);
        Matcher rename = RENAME.matcher(line);
        Matcher mkdir = MKDIR.matcher(line);
        String call = force.lookingAt()
                ? "force " + force.group(1)
                : rename.lookingAt()
                        ? rename.group(1) + " " + rename.group(2) + " " + rename.group(3)
                        : mkdir.lookingAt() ? "mkdir " + mkdir.group(1) : "";
        return call.replace(root.toString(), "ROOT")
                .replace(root.getParent().getParent().toString(), "DIR")
                .replaceAll("incoming/[^/ ]+", "incoming/JVM")
                .replaceAll("JVM/[^/ ]+-(claim|state|link|tail)", "JVM/draft")
                .replaceAll("/store-[^/ ]{22}", "/MARK")
                .replace(StoreProgram.FIRST.toString(), "1")
                .replace(StoreProgram.SECOND.toString(), "2")
                .replace(StoreProgram.HOUR.toString(), "HOUR");
    }

    @Test
    void forced_bytesThenNameThenDirectory() throws IOException {
        assertThat(StoreProgram.run(strace(), "publish", root.toString(), "FORCED"))
                .endsWith("claimed true\n");
        assertThat(calls())
                .containsExactly(
                        "mkdir DIR/new",
                        "mkdir ROOT",
                        "force DIR/new",
                        "force DIR",
                        "mkdir ROOT/uploads",
                        "mkdir ROOT/uploads/MARK",
                        "force ROOT/uploads",
                        "mkdir ROOT/incoming",
                        "mkdir ROOT/partial",
                        "mkdir ROOT/partial/MARK",
                        "force ROOT/partial",
                        "mkdir ROOT/MARK",
                        "force ROOT",
                        "mkdir ROOT/incoming/JVM",
                        "force ROOT/incoming/JVM/1",
                        "mkdir ROOT/uploads/HOUR",
                        "force ROOT/uploads",
                        "link ROOT/incoming/JVM/1 ROOT/uploads/HOUR/1",
                        "force ROOT/uploads/HOUR",
                        "force ROOT/incoming/JVM/2",
                        "link ROOT/incoming/JVM/2 ROOT/uploads/HOUR/2",
                        "force ROOT/uploads/HOUR",
                        "force ROOT/incoming/JVM/draft",
                        "link ROOT/incoming/JVM/draft ROOT/uploads/HOUR/1-claim",
                        "force ROOT/uploads/HOUR");
    }

    /** A link is durable before its URL is given out, a download before its first byte, a revocation before it is told. */
    @Test
    void links_forced_contentThenNameThenDirectory() throws IOException {
        assertThat(StoreProgram.run(strace(), "links", root.toString(), "FORCED"))
                .endsWith("revoked true\n");
        assertThat(calls().stream().dropWhile(call -> !call.equals("link ROOT/incoming/JVM/1 ROOT/uploads/HOUR/1")))
                .containsExactly(
                        "link ROOT/incoming/JVM/1 ROOT/uploads/HOUR/1",
                        "force ROOT/uploads/HOUR",
                        "mkdir ROOT/uploads/HOUR/1-links",
                        "force ROOT/incoming/JVM/draft",
                        "link ROOT/incoming/JVM/draft ROOT/uploads/HOUR/1-links/link",
                        "force ROOT/uploads/HOUR/1-links",
                        "force ROOT/uploads/HOUR",
                        "force ROOT/incoming/JVM/draft",
                        "rename ROOT/incoming/JVM/draft ROOT/uploads/HOUR/1-links/link-uses",
                        "force ROOT/uploads/HOUR/1-links",
                        "force ROOT/incoming/JVM/draft",
                        "rename ROOT/incoming/JVM/draft ROOT/uploads/HOUR/1-links/link",
                        "force ROOT/uploads/HOUR/1-links");
    }

    /** The program must report no step before the forces that make it durable. */
    @Test
    void links_anyForceFails_notReported() throws IOException {
        StringBuilder outcomes = new StringBuilder();
        for (int n = 9; n <= 15; n++) {
            root = directory.toRealPath().resolve("n" + n).resolve("store");
            String printed = StoreProgram.run(
                    strace("-e", "inject=fsync,fdatasync:error=EIO:when=" + n), "links", root.toString(), "FORCED");
            outcomes.append(n).append(' ').append(printed.replace('\n', ' ')).append('\n');
        }
        assertThat(outcomes).hasToString("""
                        9 failed\s
                        10 failed\s
                        11 failed\s
                        12 linked failed\s
                        13 linked failed\s
                        14 linked counted failed\s
                        15 linked counted failed\s
                        """);
    }

    @Test
    void buffered_noForceAtAll() throws IOException {
        assertThat(StoreProgram.run(strace(), "publish", root.toString(), "BUFFERED"))
                .endsWith("claimed true\n");
        assertThat(calls())
                .contains("link ROOT/incoming/JVM/1 ROOT/uploads/HOUR/1")
                .noneMatch(call -> call.startsWith("force"));
    }

    @Test
    void resumable_forced_bytesThenNumberThenStateThenName() throws IOException {
        assertThat(StoreProgram.run(strace(), "resume", root.toString(), "FORCED"))
                .endsWith("published\n");
        assertThat(calls().stream().dropWhile(call -> !call.equals("mkdir ROOT/incoming/JVM")))
                .containsExactly(
                        "mkdir ROOT/incoming/JVM",
                        "mkdir ROOT/partial/HOUR",
                        "force ROOT/partial",
                        "force ROOT/incoming/JVM/draft",
                        "link ROOT/incoming/JVM/draft ROOT/partial/HOUR/1-state",
                        "force ROOT/partial/HOUR",
                        "force ROOT/partial/HOUR/1",
                        "force ROOT/partial/HOUR/1-state",
                        "force ROOT/partial/HOUR/1-state",
                        "force ROOT/partial/HOUR/1",
                        "force ROOT/partial/HOUR/1-state",
                        "force ROOT/incoming/JVM/draft",
                        "rename ROOT/incoming/JVM/draft ROOT/partial/HOUR/1-state",
                        "force ROOT/partial/HOUR",
                        "mkdir ROOT/uploads/HOUR",
                        "force ROOT/uploads",
                        "link ROOT/partial/HOUR/1 ROOT/uploads/HOUR/1",
                        "force ROOT/uploads/HOUR");
    }

    /** The copy is durable before the first of its bytes is overwritten, and after the number that it belongs to. */
    @Test
    void rewritten_forced_copyThenBytesThenNumberAndStateAtOnce() throws IOException {
        assertThat(StoreProgram.run(strace(), "rewrite", root.toString(), "FORCED"))
                .endsWith("published\n");
        assertThat(calls().stream().dropWhile(call -> !call.equals("force ROOT/partial/HOUR/1")))
                .containsExactly(
                        "force ROOT/partial/HOUR/1",
                        "force ROOT/partial/HOUR/1-state",
                        "force ROOT/partial/HOUR/1-state",
                        "force ROOT/incoming/JVM/draft",
                        "rename ROOT/incoming/JVM/draft ROOT/partial/HOUR/1-tail",
                        "force ROOT/partial/HOUR",
                        "force ROOT/partial/HOUR/1",
                        "force ROOT/incoming/JVM/draft",
                        "rename ROOT/incoming/JVM/draft ROOT/partial/HOUR/1-state",
                        "force ROOT/partial/HOUR",
                        "mkdir ROOT/uploads/HOUR",
                        "force ROOT/uploads",
                        "link ROOT/partial/HOUR/1 ROOT/uploads/HOUR/1",
                        "force ROOT/uploads/HOUR");
    }

    /** The copy is the first file that is renamed, the state the second. */
    @Test
    void rewritten_noRoomForAName_spareGivenUp() throws IOException {
        for (int n = 1; n <= 2; n++) {
            root = directory.toRealPath().resolve("n" + n).resolve("store");
            assertThat(StoreProgram.run(strace("-e", noRoom(":when=" + n)), "rewrite", root.toString(), "FORCED"))
                    .isEqualTo("acknowledged\ndone\npublished\n");
            assertThat(spares()).isEqualTo(63);
        }
    }

    /** Copies can be large. They must not take the spares of claims. */
    @Test
    void rewritten_noRoomAtAll_halfOfTheSparesStay() throws IOException {
        assertThat(StoreProgram.run(strace("-e", noRoom("")), "rewrite", root.toString(), "FORCED"))
                .isEqualTo("acknowledged\nfailed\n");
        assertThat(spares()).isEqualTo(32);
    }

    private static String noRoom(String when) {
        return "inject=rename,renameat,renameat2:error=ENOSPC" + when;
    }

    private long spares() throws IOException {
        try (var files = Files.list(root.resolve("incoming"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("spare-"))
                    .count();
        }
    }

    @Test
    void resumable_buffered_noForceAtAll() throws IOException {
        assertThat(StoreProgram.run(strace(), "resume", root.toString(), "BUFFERED"))
                .endsWith("published\n");
        assertThat(calls())
                .contains("link ROOT/partial/HOUR/1 ROOT/uploads/HOUR/1")
                .noneMatch(call -> call.startsWith("force"));
    }

    /** The program must report no step before the force that makes it durable. */
    @Test
    void resumable_anyForceFails_notReported() throws IOException {
        StringBuilder outcomes = new StringBuilder();
        for (int n = 6; n <= 17; n++) {
            root = directory.toRealPath().resolve("n" + n).resolve("store");
            String printed = StoreProgram.run(
                    strace("-e", "inject=fsync,fdatasync:error=EIO:when=" + n), "resume", root.toString(), "FORCED");
            outcomes.append(n).append(' ').append(printed.replace('\n', ' ')).append('\n');
            Path upload = root.resolve("uploads")
                    .resolve(StoreProgram.HOUR.toString())
                    .resolve(StoreProgram.FIRST + "");
            assertThat(Files.exists(upload)).as(n + ": visible").isEqualTo(printed.contains("published"));
        }
        assertThat(outcomes).hasToString("""
                        6 failed\s
                        7 failed\s
                        8 failed\s
                        9 created failed\s
                        10 created failed\s
                        11 created acknowledged failed\s
                        12 created acknowledged confirmed failed\s
                        13 created acknowledged confirmed failed\s
                        14 created acknowledged confirmed failed\s
                        15 created acknowledged confirmed failed\s
                        16 created acknowledged confirmed done failed\s
                        17 created acknowledged confirmed done failed\s
                        """);
    }

    /** Each force in turn fails, as on a broken disk. Nothing may be published after it. */
    @Test
    void forced_anyForceFails_nothingPublishedAfterIt() throws IOException {
        StringBuilder outcomes = new StringBuilder();
        for (int n = 1; n <= 12; n++) {
            root = directory.toRealPath().resolve("n" + n).resolve("store");
            String printed = StoreProgram.run(
                    strace("-e", "inject=fsync,fdatasync:error=EIO:when=" + n), "publish", root.toString(), "FORCED");
            outcomes.append(n).append(' ').append(printed.replace('\n', ' ')).append('\n');
            Path hour = root.resolve("uploads").resolve(StoreProgram.HOUR.toString());
            for (UploadId id : List.of(StoreProgram.FIRST, StoreProgram.SECOND)) {
                assertThat(Files.exists(hour.resolve(id.toString())))
                        .as(n + ": visible exactly if published")
                        .isEqualTo(printed.contains("published " + id));
            }
            if (Files.exists(root.resolve("incoming"))) {
                try (var left = Files.list(root.resolve("incoming"))) {
                    assertThat(left.filter(Files::isDirectory))
                            .as(n + ": left in incoming")
                            .isEmpty();
                }
            }
        }
        String first = " published " + StoreProgram.FIRST;
        String both = first + " published " + StoreProgram.SECOND;
        assertThat(outcomes)
                .hasToString("1 failed \n2 failed \n3 failed \n4 failed \n5 failed \n6 failed \n7 failed \n8 failed \n"
                        + "9" + first + " failed \n10" + first + " failed \n11" + both + " failed \n12" + both
                        + " failed \n");
    }
}
