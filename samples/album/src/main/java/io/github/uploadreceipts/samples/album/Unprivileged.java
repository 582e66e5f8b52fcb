package io.github.uploadreceipts.samples.album;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The user that a front server runs as. If this program runs as root, that is {@code nobody}; the stores then get the
 * group of that user and the set-group-id bit, as an operator would do it. Otherwise it is the user of this program.
 */
final class Unprivileged {

    private static final String USER = "nobody";
    private static final List<String> GROUPS = List.of("nogroup", USER);
    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

    private Unprivileged() {}

    /** Returns whether front servers run as another user than this program. */
    static boolean isOtherUser() {
        return ROOT;
    }

    /** Returns the command prefix that changes the user. */
    static List<String> prefix() throws IOException {
        Optional<Path> setpriv = find("setpriv");
        if (setpriv.isEmpty()) {
            if (ROOT) {
                throw new IOException(
                        "setpriv (Debian: util-linux) is needed to run a front server without privileges");
            }
            return List.of();
        }
        List<String> words = new ArrayList<>(List.of(setpriv.get().toString(), "--pdeathsig", "TERM"));
        if (ROOT) {
            words.addAll(List.of("--reuid", USER, "--regid", group().getName(), "--clear-groups"));
        }
        return words;
    }

    /** Makes the front server's user the owner of everything in {@code directory}. */
    static void give(Path directory) throws IOException {
        if (ROOT) {
            UserPrincipal user = principals(directory).lookupPrincipalByName(USER);
            forAll(directory, path -> Files.setOwner(path, user));
        }
    }

    /** Lets the front server read all present and future files below {@code root}. */
    static void letRead(Path root) throws IOException {
        Files.createDirectories(root);
        if (ROOT) {
            GroupPrincipal group = group();
            forAll(root, path -> letGroupRead(path, group));
            requireReachable(root.toRealPath());
        }
    }

    private static void letGroupRead(Path path, GroupPrincipal group) throws IOException {
        Files.getFileAttributeView(path, PosixFileAttributeView.class).setGroup(group);
        if (Files.isDirectory(path)) {
            Files.setAttribute(path, "unix:mode", 02750);
        }
    }

    private static void forAll(Path directory, Change change) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) throws IOException {
                return visitFile(path, attributes);
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
                change.apply(path);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private interface Change {
        void apply(Path path) throws IOException;
    }

    private static void requireReachable(Path root) throws IOException {
        for (Path path = root.getParent(); path != null; path = path.getParent()) {
            if (((int) Files.getAttribute(path, "unix:mode") & 0001) == 0) {
                throw new IOException("the front server, which runs as " + USER + ", cannot enter " + path
                        + "; run: chmod o+x " + path + ", or choose another --dir");
            }
        }
    }

    private static GroupPrincipal group() throws IOException {
        for (String name : GROUPS) {
            try {
                return principals(Path.of("/")).lookupPrincipalByGroupName(name);
            } catch (UserPrincipalNotFoundException e) {
                // this group does not exist; try the next
            }
        }
        throw new IOException("there is no group " + String.join(" or ", GROUPS));
    }

    private static UserPrincipalLookupService principals(Path path) {
        return path.getFileSystem().getUserPrincipalLookupService();
    }

    /** Finds the program of this name on the PATH, or in the directory where Debian installs servers. */
    static Optional<Path> find(String program) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("") + File.pathSeparator + "/usr/sbin";
        for (String directory : path.split(File.pathSeparator, -1)) {
            Path file = Path.of(directory).resolve(program);
            if (!directory.isEmpty() && Files.isExecutable(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }
}
