package io.github.uploadreceipts.handover;

/**
 * Takes over stored uploads, in the process of their host. It is told of each upload when that is stored and durable,
 * and responds with {@link Verdict#done}, {@link Verdict#refused refused} or {@link Verdict#waiting}.
 *
 * <pre>{@code
 * UploadHost.builder(keyRing, store).handOver("index", upload -> {
 *     index.add(upload.receipt().id(), upload.receipt().name());
 *     return Verdict.done();
 * });
 * }</pre>
 *
 * <p>Until the verdict is <i>done</i>, the upload can be neither fetched nor claimed, unless the application asks for
 * that. After <i>waiting</i>, the application calls {@link io.github.uploadreceipts.host.UploadHost#finish} on any host.
 *
 * <p>An upload is told at least once. It may be told again, with the same {@link io.github.uploadreceipts.receipt.UploadReceipt#id}: after a failure, or
 * when the host was killed before it had recorded the verdict.
 *
 * <p>Called on a thread that may block, of which there are a few. Implementations must be safe for use by several
 * threads.
 */
@FunctionalInterface
public interface HandOver {

    /**
     * Takes over an upload.
     *
     * @throws Exception if it cannot be taken over now; it is told again later, until the upload expires
     */
    Verdict stored(HandedOver upload) throws Exception;
}
