package io.github.uploadreceipts.fetch.soak;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Lets a host have one fault after the other, and be well between them. */
final class Troublemaker {

    private static final int MOST_WELL_MILLIS = 8_000;
    private static final int MOST_MILLIS = 6_000;

    private final Member member;
    private final List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
    private final FaultLog log;
    private final Figures figures;
    private final Random random;

    /** @param mounts whether disks can be unmounted here */
    Troublemaker(Member member, boolean mounts, FaultLog log, Figures figures, Random random) {
        this.member = member;
        if (!mounts) {
            faults.remove(Fault.UNMOUNTED);
        }
        this.log = log;
        this.figures = figures;
        this.random = random;
    }

    /** Makes trouble until this time, and leaves the host well. */
    void run(long end) throws IOException {
        for (pause(MOST_WELL_MILLIS); System.nanoTime() - end < 0; pause(MOST_WELL_MILLIS)) {
            Fault fault = random.nextInt(3) == 0 ? Fault.KILLED : faults.get(random.nextInt(faults.size()));
            log.begin(member, fault);
            fault.begin(member);
            figures.count(fault.toString());
            pause(fault == Fault.KILLED ? MOST_MILLIS / 6 : MOST_MILLIS);
            fault.end(member);
            log.end(member);
        }
    }

    private void pause(int mostMillis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(mostMillis)));
    }
}
