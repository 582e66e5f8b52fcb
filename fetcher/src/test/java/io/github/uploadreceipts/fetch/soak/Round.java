package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.soak.Possessions.Kept;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
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
import java.util.concurrent.TimeoutException;

/** One fleet, from its start until everything that its clients got has been checked. */
final class Round implements Closeable {

    private static final int CLIENTS = 16;
    private static final int BATCH = 40;
    private static final long HEAL_NANOS = TimeUnit.SECONDS.toNanos(90);
    private static final long RETRY_MILLIS = 500;
    private static final long END_SECONDS = 150;

    private final Figures figures = new Figures();
    private final Findings findings;
    private final boolean small;
    private final FaultLog faults = new FaultLog();
    private final SoakFleet fleet;
    private final Judge judge;
    private final List<Troublemaker> troublemakers = new ArrayList<>();
    private final List<SoakClient> clients = new ArrayList<>();
    private final List<Watch> watches = new ArrayList<>();
    private final Random random;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** Starts a fleet. */
    Round(Path directory, boolean small, boolean mounts, long seed, Findings findings) throws IOException {
        this.findings = findings;
        this.small = small;
        random = new Random(seed);
        fleet = new SoakFleet(directory, small, mounts, random);
        judge = new Judge(faults, small, figures, findings);
        for (Member member : fleet.members()) {
            troublemakers.add(new Troublemaker(member, mounts, faults, figures, new Random(random.nextLong())));
        }
        for (int i = 0; i < CLIENTS; i++) {
            Session session = new Session(fleet.members(), address(i + 1), judge, new Random(random.nextLong()));
            clients.add(new SoakClient("client-" + i, session, new Possessions(fleet.ring, judge)));
        }
        for (Member member : fleet.members()) {
            Session session = new Session(
                    List.of(member), address(CLIENTS + 1 + watches.size()), judge, new Random(random.nextLong()));
            watches.add(new Watch(member, session, new Possessions(fleet.ring, judge)));
        }
    }

    private static InetAddress address(int client) throws IOException {
        return InetAddress.getByAddress(new byte[] {127, 0, 1, (byte) client});
    }

    Figures figures() {
        return figures;
    }

    @Override
    public String toString() {
        return fleet.members().toString();
    }

    /** Returns how long small requests took at hosts that had no fault themselves, in nanoseconds and in order. */
    List<Long> nanos() {
        List<Long> all = new ArrayList<>();
        watches.forEach(watch -> all.addAll(watch.nanos()));
        Collections.sort(all);
        return all;
    }

    /** Runs for about this time, and then checks everything. */
    void run(long nanos) throws Exception {
        long end = System.nanoTime() + nanos;
        List<Callable<Void>> tasks = new ArrayList<>();
        for (Troublemaker troublemaker : troublemakers) {
            tasks.add(() -> {
                troublemaker.run(end);
                return null;
            });
        }
        for (Watch watch : watches) {
            tasks.add(() -> {
                watch.run(end);
                return null;
            });
        }
        for (SoakClient client : clients) {
            tasks.add(() -> {
                while (System.nanoTime() - end < 0) {
                    client.step();
                }
                client.session().close();
                return null;
            });
        }
        together(tasks, TimeUnit.NANOSECONDS.toSeconds(nanos) + END_SECONDS);
        checkQuiet();
        checkUploads("before the restart");
        restart();
        checkUploads("after the restart");
        for (Member member : fleet.members()) {
            member.process().end();
        }
    }

    private void together(List<Callable<Void>> tasks, long seconds) throws Exception {
        List<Future<Void>> futures = tasks.stream().map(threads::submit).toList();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        for (Future<Void> future : futures) {
            try {
                future.get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                for (Member member : fleet.members()) {
                    member.process().dumpThreads();
                }
                throw new IOException("a client waits for ever; see the hosts' threads beside their logs", e);
            } catch (ExecutionException e) {
                throw new IOException("a client failed: " + e.getCause(), e);
            }
        }
    }

    private void checkQuiet() throws IOException {
        for (Member member : fleet.members()) {
            if (!member.process().isAlive()) {
                findings.add("a host has ended", member.toString());
            }
            new Quiet(member, findings).requireNothingOpen();
        }
        for (Member member : fleet.members()) {
            for (int i = 0; i < CLIENTS; i++) {
                Places.requireAllFree(member, address(i + 1), findings);
            }
        }
    }

    /** Finishes what is unfinished, and fetches everything for which there is a receipt. All hosts are well. */
    private void checkUploads(String when) throws Exception {
        List<Callable<Void>> tasks = new ArrayList<>();
        for (SoakClient client : clients) {
            tasks.add(() -> {
                finish(client, when);
                fetchAll(client, when);
                client.session().close();
                return null;
            });
        }
        together(tasks, 2 * TimeUnit.NANOSECONDS.toSeconds(HEAL_NANOS) + END_SECONDS);
    }

    private void finish(SoakClient client, String when) throws Exception {
        if (small) {
            client.possessions().unfinished().removeIf(one -> !one.hasBegun());
        }
        long end = System.nanoTime() + HEAL_NANOS;
        while (!client.possessions().unfinished().isEmpty() && System.nanoTime() - end < 0) {
            for (Unfinished one : List.copyOf(client.possessions().unfinished())) {
                client.proceed(one);
            }
        }
        if (!client.possessions().unfinished().isEmpty()) {
            client.session()
                    .judge()
                    .findings()
                    .add(
                            "not finished " + when,
                            client.possessions().unfinished().toString());
        }
    }

    private static void fetchAll(SoakClient client, String when) throws Exception {
        List<Kept> kept = client.possessions().kept();
        long end = System.nanoTime() + HEAL_NANOS;
        for (int i = 0; i < kept.size(); i += BATCH) {
            Order look = Order.look(kept.subList(i, Math.min(kept.size(), i + BATCH)));
            look.step(client.session(), client.possessions());
            while (!look.isOver() && System.nanoTime() - end < 0) {
                Thread.sleep(RETRY_MILLIS);
                look.step(client.session(), client.possessions());
            }
            if (!look.isOver()) {
                client.session().judge().findings().add("not fetched " + when, look.toString());
            }
        }
        client.session().judge().figures().add("receipts honoured " + when, kept.size());
    }

    /** Kills all hosts at once, and starts them again. */
    private void restart() throws IOException {
        for (Member member : fleet.members()) {
            faults.begin(member, Fault.KILLED);
            member.process().kill();
        }
        for (Member member : fleet.members()) {
            member.process().start();
            faults.end(member);
            new Quiet(member, findings).requireClean();
        }
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        fleet.close();
    }
}
