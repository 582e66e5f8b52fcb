package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.Watched;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * A thread that waits for the bytes of a request. If they take too long, it is interrupted, but only while it waits in a
 * read: an interrupt at another time would close the file to which it writes. In some containers it is not
 * ({@link ContainerManners#canInterruptReads}): then it waits until bytes come, or the container ends the wait.
 */
final class WaitingThread implements Watched {

    private final Thread thread = Thread.currentThread();
    private final Reception reception;
    private final boolean interruptible;
    private boolean reading;
    private boolean interrupted;
    private boolean stopping;

    WaitingThread(Reception reception, boolean interruptible) {
        this.reception = reception;
        this.interruptible = interruptible;
    }

    /**
     * Reads what comes next.
     *
     * @return how many bytes; negative at the end of the body
     * @throws UploadRefusedException if they came too late, or the host is stopping
     */
    int read(InputStream input, byte[] buffer) throws IOException, UploadRefusedException {
        requireInTime();
        begin();
        int read;
        try {
            read = ContainerManners.read(input, buffer);
        } catch (IOException e) {
            requireInTime(); // whoever ended the read: a container's own time-out may come first
            throw e;
        } finally {
            end();
        }
        requireInTime(); // asked before these bytes end the pause
        return read;
    }

    private synchronized void begin() {
        reading = true;
    }

    private synchronized void end() {
        reading = false;
        if (interrupted) {
            interrupted = false;
            var unused = Thread.interrupted(); // the thread goes on without it, and responds
        }
    }

    private void requireInTime() throws UploadRefusedException {
        Optional<Problem> late = isStopping() ? Optional.of(Reception.hostIsStopping()) : reception.lateness();
        if (late.isPresent()) {
            throw new UploadRefusedException(late.get());
        }
    }

    private synchronized boolean isStopping() {
        return stopping;
    }

    @Override
    public boolean isLate() {
        return reception.lateness().isPresent();
    }

    @Override
    public synchronized void endIfLate() {
        if (reading && isLate()) {
            interrupt();
        }
    }

    @Override
    public synchronized void stop() {
        stopping = true;
        if (reading) {
            interrupt();
        }
    }

    private void interrupt() {
        if (interruptible) {
            interrupted = true;
            thread.interrupt();
        }
    }
}
