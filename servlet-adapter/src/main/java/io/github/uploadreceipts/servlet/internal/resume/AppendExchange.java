package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.servlet.internal.receive.Exchange;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.internal.resume.ResumableUploads.Status;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Bytes that go on with an upload. What has come stays, whatever becomes of the request. */
public final class AppendExchange implements Exchange<Status> {

    private final UploadHost host;
    private final UploadCall call;
    private final Appending append;
    private final Reception reception;
    private final Answering answering;
    private boolean finished;

    /** What takes the bytes. */
    interface Appending {

        /** All have come. */
        Status complete() throws UploadRefusedException;

        /** No more will come. */
        void close();
    }

    /** How the client is told how far the upload is. */
    interface Answering {

        /** Sets the answer, and returns its body. */
        byte[] prepare(Status status);

        /** The client does not get this answer, or not all of it. */
        void lost();
    }

    AppendExchange(UploadHost host, UploadCall call, Appending append, Reception reception, Answering answering) {
        this.host = host;
        this.call = call;
        this.append = append;
        this.reception = reception;
        this.answering = answering;
    }

    @Override
    public CompletableFuture<Status> finish() {
        finished = true;
        return reception.onExecutor(append::complete).whenComplete((status, failure) -> {
            if (failure != null) {
                keep();
            }
        });
    }

    @Override
    public void send(Status status) {
        call.answer().writeBody(answering.prepare(status), answering::lost);
    }

    @Override
    public void sendAsync(Status status, Runnable whenDone) {
        call.answer().writeBodyAsync(answering.prepare(status), answering::lost, whenDone);
    }

    @Override
    public void refuse(RefusedException refusal) {
        call.answer().refuse(refusal);
    }

    @Override
    public void breakOff() {
        call.answer().breakOffToResume();
    }

    @Override
    public void abandon() {
        reception.abandon();
        if (!finished) {
            finished = true;
            surely(host.executor(), this::keep);
        }
    }

    /** Runs a task on this thread if the host is stopping. */
    static void surely(Executor executor, Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    private void keep() {
        answering.lost(); // first: once it is closed, another request may go on
        append.close();
    }
}
