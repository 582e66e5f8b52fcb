package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.key.KeyRing;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The hosts of the fleet. As on separate machines, each has its own addresses, store and key ring reader. They share
 * the key ring file, which an operator would copy to all of them, and the application's own albums.
 */
final class Fleet implements Closeable {

    private static final String NAME = "album";

    /** Longer than a second, after which every host has read a changed key ring again. */
    private static final Duration ROTATION_START = Duration.ofSeconds(3);

    private final Options options;
    private final Path keyRing;
    private final Albums albums;
    private final List<HostPlan> plans;
    private final @Nullable AlbumHost[] running;

    private Fleet(Options options, Path keyRing, Albums albums, List<HostPlan> plans) {
        this.options = options;
        this.keyRing = keyRing;
        this.albums = albums;
        this.plans = List.copyOf(plans);
        this.running = new AlbumHost[plans.size()];
    }

    /** Starts all the hosts of a fleet that keeps its files in {@code directory}. */
    static Fleet start(Options options, Path directory) throws IOException {
        Path root = Durable.createDirectories(directory).toRealPath();
        Path keyRing = root.resolve("key-ring.json");
        if (!Files.exists(keyRing)) {
            KeyRing.generate(NAME).write(keyRing);
        }
        boolean front = FrontServer.isNeeded(options.delivery());
        List<HostPlan> plans = new ArrayList<>();
        for (int port : options.ports()) {
            int number = plans.size() + 1;
            plans.add(HostPlan.of(number, port, root.resolve("host" + number), front));
        }
        Fleet fleet = new Fleet(options, keyRing, Albums.in(root.resolve("albums")), plans);
        try {
            for (HostPlan plan : plans) {
                fleet.start(plan.number());
            }
            return fleet;
        } catch (IOException | RuntimeException e) {
            fleet.close();
            throw e;
        }
    }

    Options options() {
        return options;
    }

    Path keyRing() {
        return keyRing;
    }

    Albums albums() {
        return albums;
    }

    List<HostPlan> plans() {
        return plans;
    }

    synchronized boolean isRunning(int number) {
        return running[index(number)] != null;
    }

    private int index(int number) {
        if (number < 1 || number > running.length) {
            throw new IllegalArgumentException("There is no host " + number + ".");
        }
        return number - 1;
    }

    /** Starts a host with its previous addresses and store, unless it already runs. */
    synchronized void start(int number) throws IOException {
        int index = index(number);
        if (running[index] == null) {
            running[index] = AlbumHost.start(plans.get(index), this);
        }
    }

    /**
     * Stops a host, which then refuses connections.
     *
     * @throws IllegalStateException if it is the last running host: nobody could start the others
     */
    synchronized void stop(int number) throws IOException {
        requireAnother(number);
        AlbumHost host = running[index(number)];
        running[index(number)] = null;
        if (host != null) {
            host.close();
        }
    }

    /** @throws IllegalStateException if no other host runs */
    synchronized void requireAnother(int number) {
        int index = index(number);
        for (int i = 0; i < running.length; i++) {
            if (i != index && running[i] != null) {
                return;
            }
        }
        throw new IllegalStateException("The last running host stays up: nobody could start the others.");
    }

    /** Writes new keys to the key ring file that all hosts read. Receipts signed with the old keys stay valid. */
    synchronized void rotateKeys() throws IOException {
        Instant now = Instant.now();
        KeyRing.load(keyRing)
                .rotate(now, now.plus(ROTATION_START), KeyRing.DEFAULT_RETIREMENT)
                .write(keyRing);
    }

    /** Returns the name that people see for the host with the internal URL {@code base}. */
    String authority(URI base) {
        return plans.stream()
                .filter(plan -> plan.internalUrl().equals(base.toString()))
                .findFirst()
                .map(HostPlan::authority)
                .orElse("a host of another fleet");
    }

    /** Returns the origins of the fleet's own pages. */
    Set<String> origins() {
        Set<String> origins = new HashSet<>();
        for (HostPlan plan : plans) {
            origins.add(plan.url());
            origins.add("http://localhost:" + plan.port());
        }
        return origins;
    }

    /** Stops all the hosts. */
    @Override
    public synchronized void close() throws IOException {
        for (int i = 0; i < running.length; i++) {
            AlbumHost host = running[i];
            running[i] = null;
            if (host != null) {
                host.close();
            }
        }
    }
}
