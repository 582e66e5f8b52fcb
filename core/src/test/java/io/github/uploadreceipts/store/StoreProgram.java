package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.resume.PartialStore;
import io.github.uploadreceipts.internal.resume.PartialStores;
import io.github.uploadreceipts.internal.share.LinkStore;
import io.github.uploadreceipts.internal.share.LinkStores;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** A program that uses a store in a JVM of its own, so that tests can trace or kill it. */
final class StoreProgram {

    static final UploadId FIRST = UploadId.parse("AAAAAAAAAAAAAAAAAAAAAA");
    static final UploadId SECOND = UploadId.parse("BBBBBBBBBBBBBBBBBBBBBA");
    static final ExpiryHour HOUR = ExpiryHour.parse("2026-11-22T09");

    private StoreProgram() {}

    /**
     * Runs a command. {@code publish ROOT DURABILITY} publishes two uploads and claims one. {@code hold ROOT} receives
     * an upload that never ends. {@code resume ROOT DURABILITY} receives a resumable upload in two requests.
     * {@code links ROOT DURABILITY} makes a short share link to an upload, counts a download and revokes the link.
     * {@code rewrite ROOT DURABILITY} receives one whose last bytes are written anew by the second request.
     * {@code open ROOT} keeps a resumable upload open. {@code lock FILE} locks a file until it is killed.
     */
    public static void main(String[] arguments) throws IOException {
        Path root = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "hold" -> hold(root);
            case "open" -> open(root);
            case "lock" -> lock(root);
            case "links" -> links(root, Durability.valueOf(arguments[2]));
            case "rewrite" -> rewrite(root, Durability.valueOf(arguments[2]));
            case "resume" -> resume(root, Durability.valueOf(arguments[2]));
            default -> publish(root, Durability.valueOf(arguments[2]));
        }
    }

    private static void resume(Path root, Durability durability) throws IOException {
        try (LocalUploadStore store =
                LocalUploadStore.builder(root).durability(durability).open()) {
            PartialStore partials = PartialStores.of(store).orElseThrow();
            partials.create(FIRST, HOUR, "new");
            System.out.println("created");
            try (PartialStore.Partial partial = partials.open(FIRST, HOUR).orElseThrow()) {
                partial.write(ByteBuffer.wrap("hello ".getBytes(StandardCharsets.UTF_8)));
                partial.acknowledge(6);
                System.out.println("acknowledged");
                partial.confirm();
                System.out.println("confirmed");
                partial.write(ByteBuffer.wrap("world".getBytes(StandardCharsets.UTF_8)));
                partial.acknowledge(11);
                partial.replaceState("done");
                System.out.println("done");
                partial.publish(HOUR);
                System.out.println("published");
            }
        } catch (IOException e) {
            System.out.println("failed");
        }
    }

    private static void links(Path root, Durability durability) throws IOException {
        try (LocalUploadStore store =
                LocalUploadStore.builder(root).durability(durability).open()) {
            LinkStore links = LinkStores.of(store).orElseThrow();
            publish(store, FIRST);
            links.create(FIRST, HOUR, "link", new byte[] {1});
            System.out.println("linked");
            links.update(FIRST, HOUR, "link", uses -> new byte[] {1});
            System.out.println("counted");
            System.out.println("revoked " + links.revoke(FIRST, HOUR, "link"));
        } catch (IOException e) {
            System.out.println("failed");
        }
    }

    private static void rewrite(Path root, Durability durability) throws IOException {
        try (LocalUploadStore store =
                LocalUploadStore.builder(root).durability(durability).open()) {
            PartialStore partials = PartialStores.of(store).orElseThrow();
            partials.create(FIRST, HOUR, "new");
            try (PartialStore.Partial partial = partials.open(FIRST, HOUR).orElseThrow()) {
                partial.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
                partial.acknowledge(5);
                System.out.println("acknowledged");
                partial.rewrite(0);
                partial.write(ByteBuffer.wrap("HELLO world".getBytes(StandardCharsets.UTF_8)));
                partial.replaceState(11, "done");
                System.out.println("done");
                partial.publish(HOUR);
                System.out.println("published");
            }
        } catch (IOException e) {
            System.out.println("failed");
        }
    }

    private static void open(Path root) throws IOException {
        try (PartialStore.Partial partial = PartialStores.of(LocalUploadStore.at(root))
                .orElseThrow()
                .open(FIRST, HOUR)
                .orElseThrow()) {
            System.out.println("open at " + partial.snapshot().acknowledged());
            while (System.in.read() >= 0) {}
        }
    }

    private static void publish(Path root, Durability durability) throws IOException {
        try (LocalUploadStore store =
                LocalUploadStore.builder(root).durability(durability).open()) {
            for (UploadId id : List.of(FIRST, SECOND)) {
                publish(store, id);
                System.out.println("published " + id);
            }
            System.out.println("claimed " + store.claim(FIRST, HOUR, Claim.of("order-7")));
        } catch (IOException e) {
            System.out.println("failed");
        }
    }

    private static void publish(UploadStore store, UploadId id) throws IOException {
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            incoming.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
            if (id.equals(FIRST)) {
                incoming.force(); // the other upload is forced by publish
            }
            incoming.publish(HOUR);
        }
    }

    private static void hold(Path root) throws IOException {
        LocalUploadStore store = LocalUploadStore.at(root);
        UploadStore.Incoming first = store.create(FIRST, HOUR);
        first.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
        store.create(SECOND, HOUR).write(ByteBuffer.wrap("never ends".getBytes(StandardCharsets.UTF_8)));
        System.out.println("holding");
        while (System.in.read() >= 0) {
            first.publish(HOUR);
            first.close();
            System.out.println("published");
        }
    }

    private static void lock(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.lock();
            System.out.println("locked");
            while (System.in.read() >= 0) {}
        }
    }

    static ProcessBuilder process(List<String> before, String... arguments) {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        command.add(StoreProgram.class.getName());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true);
    }

    /** Runs the program to its end and returns its output. */
    static String run(List<String> before, String... arguments) throws IOException {
        Process process = process(before, arguments).start();
        try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
            process.getOutputStream().close();
            StringBuilder out = new StringBuilder();
            reader.lines().forEach(line -> out.append(line).append('\n'));
            return out.toString();
        } finally {
            process.destroyForcibly();
        }
    }
}
