package io.github.uploadreceipts.fetch.soak;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Lets one host after the other have a fault, and sometimes two hosts at once. */
final class Troublemaker {

    private static final int MOST_PAUSE_MILLIS = 3_000;
    private static final int MOST_KILLED_MILLIS = 2_000;
    private static final int MOST_MILLIS = 8_000;

    private final List<Member> members;
    private final List<Fault> faults;
    private final FaultLog log;
    private final Figures figures;
    private final Random random;

    /** @param mounts whether disks can be unmounted here */
    Troublemaker(List<Member> members, boolean mounts, FaultLog log, Figures figures, Random random) {
        this.members = members;
        this.faults = new ArrayList<>(Arrays.asList(Fault.values()));
        if (!mounts) {
            faults.remove(Fault.UNMOUNTED);
        }
        this.log = log;
        this.figures = figures;
        this.random = random;
    }

    /** Makes trouble until this time, and leaves every host well. */
    void run(long end) throws IOException {
        while (System.nanoTime() - end < 0) {
            pause(random.nextInt(MOST_PAUSE_MILLIS));
            int first = random.nextInt(members.size());
            int second = (first + 1 + random.nextInt(members.size() - 1)) % members.size();
            Fault fault = random.nextInt(3) == 0 ? Fault.KILLED : faults.get(random.nextInt(faults.size()));
            trouble(List.of(members.get(first), members.get(second)).subList(0, random.nextInt(5) == 0 ? 2 : 1), fault);
        }
    }

    private void trouble(List<Member> ill, Fault fault) throws IOException {
        for (Member member : ill) {
            log.begin(member, fault);
            fault.begin(member);
            figures.count(fault.toString());
        }
        pause(random.nextInt(fault == Fault.KILLED ? MOST_KILLED_MILLIS : MOST_MILLIS));
        for (Member member : ill) {
            fault.end(member);
            log.end(member);
        }
    }

    private static void pause(int millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
