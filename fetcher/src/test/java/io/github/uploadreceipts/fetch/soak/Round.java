package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.testing.Ports;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * One fleet, from its start until everything that its clients got has been checked: three hosts in processes of their
 * own, each in another container, and with any durability.
 */
final class Round implements Closeable {

    private static final int HOSTS = 3;
    private static final int CLIENTS = 16;
    private static final long SMALL_FLOOR = 8 << 20;
    private static final long LARGE_FLOOR = 256 << 20;
    private static final int MOST_WELL_MILLIS = 8_000;
    private static final int MOST_FAULT_MILLIS = 6_000;
    private static final int MOST_DEAD_MILLIS = 1_000;

    /** More than hosts leave a silent peer alone. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final boolean small;
    private final boolean mounts;
    private final Random random;
    private final Report report;
    private final Judge judge;
    private final List<Host> hosts = new ArrayList<>();
    private final List<Client> clients = new ArrayList<>();
    private final List<Watch> watches = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /**
     * Makes a fleet.
     *
     * @param small whether its hosts have small disks
     * @param mounts whether this machine mounts file systems
     */
    Round(Path directory, boolean small, boolean mounts, Random random, Report report) throws IOException {
        this.small = small;
        this.mounts = mounts;
        this.random = random;
        this.report = report;
        this.judge = new Judge(small, report);
        KeyRing ring = KeyRing.generate("soak");
        ring.write(directory.resolve("keys.json"));
        makeHosts(directory);
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(client("client-" + i, hosts, ring));
        }
        for (Host host : hosts) {
            Client client = client("watch of " + host, List.of(host), ring);
            watches.add(new Watch(host, client));
            clients.add(client);
        }
    }

    private void makeHosts(Path directory) throws IOException {
        List<Container> containers = new ArrayList<>(Container.all().toList());
        Collections.shuffle(containers, random);
        List<Integer> ports = ports();
        for (int i = 0; i < HOSTS; i++) {
            Path home = Files.createDirectories(directory.resolve("host-" + i));
            Container container = containers.get(i % containers.size());
            Durability durability = random.nextBoolean() ? Durability.FORCED : Durability.BUFFERED;
            Disk disk = small ? Disk.small(home) : new Disk(home, mounts);
            List<String> arguments = new ArrayList<>(List.of(
                    container.name(),
                    durability.name(),
                    Long.toString(small ? SMALL_FLOOR : LARGE_FLOOR),
                    directory.resolve("keys.json").toString(),
                    disk.store().toString(),
                    home.resolve("work").toString()));
            Collections.rotate(ports, -1); // its own comes first
            ports.forEach(port -> arguments.add(port.toString()));
            String name = "host " + i + " (" + container + ", " + durability + ")";
            hosts.add(new Host(name, container, ports.get(0), disk, arguments, home.resolve("log")));
        }
    }

    private static List<Integer> ports() {
        return Stream.generate(Ports::free).limit(HOSTS).toList();
    }

    private Client client(String name, List<Host> reached, KeyRing ring) throws IOException {
        InetAddress address = InetAddress.getByAddress(new byte[] {127, 0, 1, (byte) (clients.size() + 1)});
        return new Client(name, new Session(reached, address, judge, new Random(random.nextLong())), ring);
    }

    /** Runs for about this time, and then checks everything. */
    void run(long nanos) throws Exception {
        startAll();
        long end = System.nanoTime() + nanos;
        List<Task> tasks = new ArrayList<>();
        hosts.forEach(host -> {
            Random own = new Random(random.nextLong());
            tasks.add(() -> trouble(host, own, end));
        });
        watches.forEach(watch -> tasks.add(() -> watch.run(end)));
        clients.subList(0, CLIENTS)
                .forEach(client -> tasks.add(() -> {
                    while (System.nanoTime() - end < 0) {
                        client.step();
                    }
                }));
        together(tasks);
        checkQuiet();
        checkUploads();
        restart();
        checkUploads();
        for (Host host : hosts) {
            host.end();
        }
    }

    private void startAll() throws Exception {
        together(hosts.stream().map(host -> (Task) host::start).toList());
    }

    /** Lets a host have one fault after the other, and be well between them and at the end. */
    private void trouble(Host host, Random own, long end) throws IOException {
        List<Fault> faults = new ArrayList<>(Fault.ALL);
        if (!mounts) {
            faults.remove(Fault.UNMOUNTED);
        }
        pause(own, MOST_WELL_MILLIS);
        while (System.nanoTime() - end < 0) {
            Fault fault = own.nextInt(3) == 0 ? Fault.KILLED : faults.get(own.nextInt(faults.size()));
            report.count("fault " + fault, host);
            judge.begin(host, fault);
            fault.begin(host);
            pause(own, fault == Fault.KILLED ? MOST_DEAD_MILLIS : MOST_FAULT_MILLIS);
            fault.end(host);
            judge.end(host, fault);
            pause(own, MOST_WELL_MILLIS);
        }
    }

    private static void pause(Random own, int mostMillis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(own.nextInt(mostMillis)));
    }

    private interface Task {
        void run() throws Exception;
    }

    private void together(List<Task> tasks) throws Exception {
        List<Future<Void>> futures = new ArrayList<>();
        for (Task task : tasks) {
            Callable<Void> call = () -> {
                task.run();
                return null;
            };
            futures.add(threads.submit(call));
        }
        for (Future<Void> future : futures) {
            try {
                var unused = future.get();
            } catch (ExecutionException e) {
                throw new IOException("a part of the test failed: " + e.getCause(), e);
            }
        }
    }

    private void checkQuiet() throws Exception {
        for (Client client : clients) {
            client.session().close();
            client.session().calmDown();
        }
        for (Host host : hosts) {
            if (!host.isAlive()) {
                throw new IOException(host + " has ended by itself");
            }
            new Quiet(host, report).requireNothingOpen();
        }
        for (Host host : hosts) { // not all at once: a host reads on only so many refused bodies
            for (Client client : clients) {
                new Quiet(host, report).requireAllPlacesFree(client.session().address());
            }
        }
    }

    /** Finishes what is unfinished, and fetches everything for which there is a receipt. All hosts are well. */
    private void checkUploads() throws Exception {
        together(clients.stream()
                .map(client -> (Task) () -> {
                    client.finishAll(System.nanoTime() + PATIENCE_NANOS, small);
                    client.fetchAll(System.nanoTime() + PATIENCE_NANOS);
                })
                .toList());
    }

    /** Kills all hosts at once, and starts them again. */
    private void restart() throws Exception {
        for (Host host : hosts) {
            judge.begin(host, Fault.KILLED);
            host.kill();
        }
        startAll();
        for (Host host : hosts) {
            judge.end(host, Fault.KILLED);
            new Quiet(host, report).requireClean();
        }
    }

    /** Writes the stacks of all threads beside the hosts' logs. */
    void dumpThreads(Path directory) throws IOException {
        Host.dumpThreads(ProcessHandle.current().pid(), directory.resolve("test-threads"));
        for (Host host : hosts) {
            host.dumpThreads();
        }
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        for (Host host : hosts) {
            host.close();
        }
    }

    @Override
    public String toString() {
        return hosts + (small ? " with small disks" : "");
    }
}
