package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Files that come whole, in one request. */
public record NewUploads(Reception reception, UploadResponse answer) implements Exchange<List<IssuedReceipt>> {

    @Override
    public CompletableFuture<List<IssuedReceipt>> finish() {
        return reception.publish();
    }

    @Override
    public void send(List<IssuedReceipt> receipts) {
        answer.send(reception, receipts);
    }

    @Override
    public void sendAsync(List<IssuedReceipt> receipts, Runnable whenDone) {
        answer.sendAsync(reception, receipts, whenDone);
    }

    @Override
    public void refuse(RefusedException refusal) {
        answer.refuse(refusal);
    }

    @Override
    public void breakOff() {
        answer.breakOff();
    }

    @Override
    public void abandon() {
        reception.abandon();
    }
}
