package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.internal.resume.Append;
import io.github.uploadreceipts.internal.resume.Status;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.Exchange;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** A request that appends bytes to an upload. Bytes that have come stay, whatever becomes of the request. */
final class AppendExchange implements Exchange<Status> {

    private final Executor executor;
    private final UploadCall call;
    private final Appending append;
    private final Reception reception;
    private final Reply reply;
    private boolean finished;

    /** The upload to which the bytes are appended. */
    interface Appending {

        /** Ends appending after all bytes have come, and returns the upload's status. */
        Status complete() throws UploadRefusedException;

        /** Ends appending without completing the upload. */
        void close();

        /** Returns an upload to which bytes can be appended. */
        static Appending to(Append append) {
            return new Appending() {
                @Override
                public Status complete() throws UploadRefusedException {
                    return append.complete();
                }

                @Override
                public void close() {
                    append.close();
                }
            };
        }

        /** Returns an upload that is complete, to which nothing can be appended. */
        static Appending done(Status status) {
            return new Appending() {
                @Override
                public Status complete() {
                    return status;
                }

                @Override
                public void close() {}
            };
        }
    }

    AppendExchange(Executor executor, UploadCall call, Appending append, Reception reception, Reply reply) {
        this.executor = executor;
        this.call = call;
        this.append = append;
        this.reception = reception;
        this.reply = reply;
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
        call.uploadResponse().writeBody(reply.prepare(status), reply);
    }

    @Override
    public void sendAsync(Status status, Runnable whenDone) {
        call.uploadResponse().writeBodyAsync(() -> reply.prepare(status), reception.limits(), reply, whenDone);
    }

    @Override
    public void lost(Status status) {
        reply.lost();
    }

    @Override
    public void refuse(RefusedException refusal) {
        call.uploadResponse().refuse(refusal);
    }

    @Override
    public void breakOff() {
        reply.brokeOff(reception.received());
        call.uploadResponse().breakOff();
    }

    @Override
    public void abandon() {
        try {
            reception.abandon();
        } finally {
            if (!finished) {
                finished = true;
                UploadCall.surely(executor, this::keep);
            }
        }
    }

    private void keep() {
        try {
            reply.lost(); // before closing, after which another request may resume the upload
        } finally {
            append.close();
        }
    }
}
