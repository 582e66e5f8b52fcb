package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.soak.Judge.Attempt;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** How one client sends requests: to any host, sometimes slowly, and sometimes it breaks them off. */
final class Session implements Closeable {

    /** The ways in which a client breaks a request off. */
    private enum Cut {
        /** The host gets a reset. */
        RESET,
        /** The host gets the end of the connection. */
        CLOSE,
        /** The host gets the end of the request's bytes, and the client waits for the response. */
        HALF_CLOSE,
        /** The host gets nothing more, and the connection stays open for a while. */
        SILENCE
    }

    private static final List<Cut> CUTS = List.of(Cut.values());
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int MOST_SILENT_MILLIS = 20_000;

    private final List<Host> hosts;
    private final InetAddress address;
    private final Judge judge;
    private final List<Silent> silent = new ArrayList<>();

    private volatile boolean calm;

    final Random random;

    /** A connection on which nothing more comes. */
    private record Silent(Connection connection, long end) {}

    /** @param address the client's own, by which hosts know it */
    Session(List<Host> hosts, InetAddress address, Judge judge, Random random) {
        this.hosts = hosts;
        this.address = address;
        this.judge = judge;
        this.random = random;
    }

    Judge judge() {
        return judge;
    }

    /** Lets the client from now on do only what is needed, as fast as it can. */
    void calmDown() {
        calm = true;
    }

    /** Returns at random whether the client does something that is not needed. */
    boolean chance(int percent) {
        return !calm && random.nextInt(100) < percent;
    }

    /**
     * Sends a request to any host. The judge looks at what is no success.
     *
     * @param again whether an earlier request about the same upload was broken off
     * @param statuses what is no concern of the judge
     * @return the response, or nothing if there was none: then nobody knows whether the host has served the request
     */
    Optional<Response> send(Request request, boolean again, Integer... statuses) throws IOException {
        Attempt attempt = attempt(request, again);
        try (Connection connection = connect(attempt)) {
            byte[] bytes = request.bytes(attempt.host().port());
            connection.send(bytes, bytes.length, chance(10));
            Response response = connection.response(request.method().equals("HEAD"));
            if (!response.isSuccess() && !List.of(statuses).contains(response.status())) {
                judge.refused(attempt, response);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            return Optional.of(response);
        } catch (IOException e) {
            judge.failed(attempt, e);
            LockSupport.parkNanos(PAUSE_NANOS); // the host may be starting
            return Optional.empty();
        }
    }

    private Attempt attempt(Request request, boolean again) throws IOException {
        closeSilent(System.nanoTime());
        Host host = hosts.get(random.nextInt(hosts.size()));
        judge.report().count("requests", host);
        return new Attempt(host, request, System.nanoTime(), again);
    }

    private Connection connect(Attempt attempt) throws IOException {
        return new Connection(address, attempt.host().port());
    }

    InetAddress address() {
        return address;
    }

    /** Sends a part of a request, or all of it, to any host, and breaks it off. Nobody knows what came of it. */
    void breakOff(Request request) throws IOException {
        Attempt attempt = attempt(request, true);
        judge.report().count("cuts", attempt.host());
        Cut cut = CUTS.get(random.nextInt(CUTS.size()));
        byte[] bytes = request.bytes(attempt.host().port());
        int sent = chance(20) ? bytes.length : random.nextInt(bytes.length);
        try {
            Connection connection = connect(attempt);
            silent.add(new Silent(connection, cut == Cut.SILENCE ? silenceEnd() : System.nanoTime()));
            connection.send(bytes, sent, chance(50));
            breakOff(connection, cut, attempt, sent < bytes.length - request.dispensable());
        } catch (IOException e) {
            judge.report().count("cuts that the host made as well", attempt.host());
        }
        closeSilent(System.nanoTime());
    }

    private long silenceEnd() {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(MOST_SILENT_MILLIS));
    }

    private void breakOff(Connection connection, Cut cut, Attempt attempt, boolean incomplete) throws IOException {
        switch (cut) {
            case RESET -> connection.reset();
            case CLOSE -> connection.close();
            case SILENCE -> {} // closed later
            case HALF_CLOSE -> {
                connection.endOutput();
                Response response =
                        connection.response(attempt.request().method().equals("HEAD"));
                if (incomplete && response.isSuccess()) {
                    judge.finding("accepted in half", attempt, response.toString());
                }
            }
        }
    }

    private void closeSilent(long now) throws IOException {
        for (Silent one : silent) {
            if (one.end() - now <= 0) {
                one.connection().close();
            }
        }
        silent.removeIf(one -> one.end() - now <= 0);
    }

    /** Closes the silent connections. */
    @Override
    public void close() throws IOException {
        for (Silent one : silent) {
            one.connection().close();
        }
        silent.clear();
    }
}
