package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.servlet.internal.response.Fate;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The files of a request that brings them whole. If the client does not get their receipts, they are withdrawn. */
public record NewUploads(Reception reception, UploadResponse response) implements Exchange<List<IssuedReceipt>> {

    @Override
    public CompletableFuture<List<IssuedReceipt>> finish() {
        return reception.publish();
    }

    @Override
    public void send(List<IssuedReceipt> receipts) {
        response.writeBody(response.prepare(receipts), fateOf(receipts));
    }

    @Override
    public void sendAsync(List<IssuedReceipt> receipts, Runnable whenDone) {
        response.writeBodyAsync(() -> response.prepare(receipts), reception.limits(), fateOf(receipts), whenDone);
    }

    private Fate fateOf(List<IssuedReceipt> receipts) {
        return new Fate() {
            @Override
            public void given() {
                reception.memory().close();
                reception.keep(receipts);
            }

            @Override
            public void lost() {
                reception.memory().close();
                reception.tellAbandoned();
                reception.withdraw(receipts);
            }
        };
    }

    @Override
    public void lost(List<IssuedReceipt> receipts) {
        reception.withdraw(receipts);
    }

    @Override
    public void refuse(RefusedException refusal) {
        reception.memory().close();
        reception.lastFile().ifPresent(response::about);
        response.refuse(refusal);
    }

    @Override
    public void breakOff() {
        reception.memory().close();
        reception.tellAbandoned();
        response.breakOff();
    }

    @Override
    public void abandon() {
        reception.abandon();
    }
}
