package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Durability;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Three hosts in processes of their own, each in any container, with any durability. */
final class SoakFleet implements Closeable {

    private static final int HOSTS = 3;
    private static final List<Container> CONTAINERS = Container.all().toList();
    private static final List<Durability> DURABILITIES = List.of(Durability.values());
    private static final long SMALL_FLOOR = 8 << 20;
    private static final long LARGE_FLOOR = 256 << 20;

    // below the ports that the system gives to outgoing connections, so that the port of a killed host stays free
    private static final int FIRST_PORT = 10_000;
    private static final int LAST_PORT = 32_000;

    final KeyRing ring = KeyRing.generate("soak");
    private final List<Member> members = new ArrayList<>();

    /**
     * Starts the hosts.
     *
     * @param small whether they have small disks
     * @param mounts whether this machine mounts file systems
     */
    SoakFleet(Path directory, boolean small, boolean mounts, Random random) throws IOException {
        Path keys = directory.resolve("keys.json");
        ring.write(keys);
        List<Integer> ports = ports();
        for (int i = 0; i < HOSTS; i++) {
            Path home = Files.createDirectories(directory.resolve("host-" + i));
            Container container = CONTAINERS.get(random.nextInt(CONTAINERS.size()));
            Durability durability = DURABILITIES.get(random.nextInt(DURABILITIES.size()));
            Disk disk = small ? Disk.small(home) : Disk.large(home, mounts);
            List<String> arguments = new ArrayList<>(List.of(
                    container.name(),
                    durability.name(),
                    Long.toString(small ? SMALL_FLOOR : LARGE_FLOOR),
                    keys.toString(),
                    disk.store().toString(),
                    home.resolve("work").toString()));
            for (int peer = 0; peer < HOSTS; peer++) {
                arguments.add(Integer.toString(ports.get((i + peer) % HOSTS)));
            }
            members.add(new Member(
                    "host " + i + " (" + container + ", " + durability + ")",
                    ports.get(i),
                    new HostProcess(arguments, home.resolve("log")),
                    disk));
        }
        for (Member member : members) {
            member.process().start();
        }
    }

    private static List<Integer> ports() throws IOException {
        List<Integer> ports = new ArrayList<>();
        Random random = new Random();
        while (ports.size() < HOSTS) {
            int port = FIRST_PORT + random.nextInt(LAST_PORT - FIRST_PORT);
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                ports.add(port);
            } catch (IOException e) {
                // the port is taken
            }
        }
        return ports;
    }

    List<Member> members() {
        return members;
    }

    @Override
    public void close() throws IOException {
        for (Member member : members) {
            member.process().kill();
            member.disk().close();
        }
    }
}
