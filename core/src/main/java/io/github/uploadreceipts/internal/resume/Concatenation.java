package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.engine.WrongSizeException;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** Concatenates partial uploads, which may be stored on several hosts. */
final class Concatenation {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final int READ_SIZE = 128 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int MAX_PARTIALS = 64;

    private final Engine engine;
    private final ResumableUploads uploads;
    private final Executor executor;
    private final Map<UploadId, CompletableFuture<Status>> running = new ConcurrentHashMap<>();

    Concatenation(Engine engine, ResumableUploads uploads) {
        this.engine = engine;
        this.uploads = uploads;
        this.executor = engine.newLongWorkExecutor();
    }

    static long size(List<IssuedReceipt> parts) {
        return parts.stream().mapToLong(part -> part.receipt().size()).sum();
    }

    /**
     * Returns the receipts of the partial uploads, which prove that they are complete and say where they are stored.
     */
    List<IssuedReceipt> receipts(Admission admission, Iterable<UploadResource> partials) throws UploadRefusedException {
        List<IssuedReceipt> receipts = new ArrayList<>();
        for (UploadResource partial : partials) {
            if (receipts.size() == MAX_PARTIALS) {
                throw new UploadRefusedException(Problem.limit(
                        ProblemType.TOO_MANY_FILES,
                        "At most " + MAX_PARTIALS + " partial uploads can be concatenated.",
                        MAX_PARTIALS,
                        MAX_PARTIALS + 1L));
            }
            IssuedReceipt receipt = engine.isOwn(partial.owner()) ? uploads.partialReceipt(partial) : ask(partial);
            if (!receipt.receipt().subject().equals(admission.subject())) {
                throw new UploadRefusedException(
                        Problem.of(ProblemType.FORBIDDEN, "A partial upload is another user's."));
            }
            receipts.add(receipt);
        }
        return receipts;
    }

    /** Asks the host that keeps a partial upload for its receipt. */
    private IssuedReceipt ask(UploadResource partial) throws UploadRefusedException {
        RelayRequest request = new RelayRequest(
                partial.owner(), "HEAD", RelayRequest.Purpose.PARTIAL_RECEIPT, Optional.of(partial), Optional.empty());
        try {
            return receipt(partial, engine.peers().ask(request, PATIENCE));
        } catch (InterruptedIOException e) {
            throw unavailable("The host is stopping.");
        } catch (IOException e) {
            LOG.log(Level.INFO, "the host of partial upload " + partial.id() + " cannot be reached: " + e);
            throw unavailable("The host of a partial upload cannot be reached now.");
        } catch (TokenRefusedException e) {
            throw new UploadRefusedException(e.problem());
        }
    }

    private IssuedReceipt receipt(UploadResource partial, PeerRelay.Response response)
            throws TokenRefusedException, UploadRefusedException {
        String token = response.fields().get(RelayRequest.RECEIPT_FIELD.toLowerCase(Locale.ROOT));
        if (response.status() != 200 || token == null) {
            throw refused(response.status());
        }
        UploadReceipt receipt = engine.receiptOfPeer(token);
        if (!receipt.id().equals(partial.id())) {
            throw refused(503); // the response is about another upload
        }
        return new IssuedReceipt(receipt, token);
    }

    private static UploadRefusedException refused(int status) {
        return switch (status) {
            case 404, 410 ->
                new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE, "A partial upload is gone."));
            case 409 ->
                new UploadRefusedException(
                        Problem.of(ProblemType.NOT_FINISHED, "Only complete partial uploads can be concatenated."));
            default -> unavailable("The host of a partial upload cannot say now whether it is complete.");
        };
    }

    private static UploadRefusedException unavailable(String detail) {
        return new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE, detail));
    }

    /**
     * Returns whether both are concatenations of the same partial uploads into the same file. It compares the receipts,
     * because another partial upload may have got the id of an earlier one.
     */
    boolean isSame(ResumableState one, ResumableState other) {
        boolean concatenations = one.role() == Role.FINAL && other.role() == Role.FINAL;
        try {
            return concatenations
                    && one.terms().equals(other.terms())
                    && one.metadata().equals(other.metadata())
                    && receipts(one).equals(receipts(other));
        } catch (TokenRefusedException e) { // a receipt has expired, or its key was removed from the ring
            return false;
        }
    }

    private List<UploadReceipt> receipts(ResumableState state) throws TokenRefusedException {
        List<UploadReceipt> receipts = new ArrayList<>();
        for (String token : state.parts()) {
            receipts.add(engine.receiptOfPeer(token));
        }
        return receipts;
    }

    boolean isRunning(UploadResource resource) {
        return running.containsKey(resource.id());
    }

    /** Starts to make the upload, unless it is being made already. */
    CompletableFuture<Status> start(UploadResource resource) {
        CompletableFuture<Status> result = new CompletableFuture<>();
        CompletableFuture<Status> other = running.putIfAbsent(resource.id(), result);
        if (other != null) {
            return other;
        }
        try {
            executor.execute(() -> run(resource, result));
        } catch (RuntimeException e) {
            fail(resource, result, unavailable("The host is stopping."));
        }
        return result;
    }

    private void run(UploadResource resource, CompletableFuture<Status> result) {
        try {
            Status status = make(resource);
            running.remove(resource.id(), result);
            result.complete(status);
        } catch (StoreException.Gone e) {
            fail(
                    resource,
                    result,
                    new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE, "A partial upload is gone.")));
        } catch (IOException e) {
            LOG.log(
                    Level.WARNING,
                    "upload " + resource.id() + " is not concatenated yet; the next request for it resumes that: " + e);
            fail(resource, result, unavailable("A partial upload cannot be read now."));
        } catch (UploadRefusedException | TokenRefusedException | RuntimeException | Error e) {
            fail(resource, result, e);
        }
    }

    private Status make(UploadResource resource) throws IOException, UploadRefusedException, TokenRefusedException {
        Append append;
        try {
            append = uploads.openAny(resource);
        } catch (UploadRefusedException e) {
            if (e.problem().type() == ProblemType.UPLOAD_GONE) {
                return uploads.status(resource); // it may be complete already
            }
            throw e;
        }
        try (append) {
            append.holdBack();
            if (append.offset() == 0) { // otherwise all bytes were copied before a crash
                copy(resource, append);
            }
            return append.complete();
        }
    }

    private void copy(UploadResource resource, Append append)
            throws IOException, UploadRefusedException, TokenRefusedException {
        try {
            for (String token : append.parts()) {
                copy(engine.receiptOfPeer(token), append);
            }
        } catch (StoreException.Gone e) { // then this upload can never be made
            uploads.remove(resource);
            throw e;
        }
    }

    private void fail(UploadResource resource, CompletableFuture<Status> result, Throwable failure) {
        running.remove(resource.id(), result);
        result.completeExceptionally(new CompletionException(failure));
    }

    private void copy(UploadReceipt part, Append append) throws IOException, UploadRefusedException {
        if (engine.reaches(part.owner())) {
            copyFromStore(part, append);
            return;
        }
        PeerRelay relay = engine.peers()
                .relay()
                .orElseThrow(() -> unavailable("This host cannot reach the host of a partial upload."));
        try {
            relay.pull(List.of(part), new AppendSink(append));
        } catch (IOException e) {
            if (e.getCause() instanceof UploadRefusedException refusal) {
                throw refusal;
            }
            throw e;
        }
    }

    private void copyFromStore(UploadReceipt part, Append append) throws IOException, UploadRefusedException {
        byte[] buffer = new byte[READ_SIZE];
        try (InputStream in = engine.open(part.owner(), part.size()).open()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                append.write(ByteBuffer.wrap(buffer, 0, count));
            }
        } catch (WrongSizeException e) { // another upload is stored in its place
            throw new StoreException.Gone(part.id().toString(), e);
        }
    }

    /** Appends what is pulled. It wraps a refusal in an IOException, because a sink can throw nothing else. */
    private record AppendSink(Append append) implements PeerRelay.Sink {

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            try {
                append.write(bytes);
            } catch (UploadRefusedException e) {
                throw new IOException(e);
            }
        }
    }
}
