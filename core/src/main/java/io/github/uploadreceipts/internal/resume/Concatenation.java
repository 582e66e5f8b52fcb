package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.engine.WrongSizeException;
import io.github.uploadreceipts.internal.peer.PeerQuestions;
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
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Concatenates partial uploads, which may be stored on several hosts. */
final class Concatenation {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final int READ_SIZE = 128 * 1024;

    /** How long the hosts of the partial uploads may take to send the receipts of all of them. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final int MAX_PARTIALS = 64;

    /** A hung host holds as many threads, here and in the fetcher. More gain little on a LAN. */
    private static final int PULLS_PER_HOST = 4;

    private final Engine engine;
    private final ResumableUploads uploads;
    private final Executor executor;
    private final Map<URI, Executor> pulling = new ConcurrentHashMap<>();
    private final Map<UploadId, CompletableFuture<Status>> running = new ConcurrentHashMap<>();

    Concatenation(Engine engine, ResumableUploads uploads) {
        this.engine = engine;
        this.uploads = uploads;
        this.executor = engine.newLongWorkExecutor();
    }

    /**
     * Asks for the receipts of the partial uploads, which prove that they are complete and say where they are stored.
     * The hosts that keep them are asked at once, each for one receipt after the other. Does not wait for them.
     */
    CompletableFuture<List<IssuedReceipt>> receipts(Admission admission, List<UploadResource> partials)
            throws UploadRefusedException {
        if (partials.size() > MAX_PARTIALS) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.TOO_MANY_FILES,
                    "At most " + MAX_PARTIALS + " partial uploads can be concatenated.",
                    MAX_PARTIALS,
                    partials.size()));
        }
        List<CompletableFuture<IssuedReceipt>> receipts = new ArrayList<>();
        Map<URI, CompletableFuture<IssuedReceipt>> last = new HashMap<>();
        for (UploadResource partial : partials) {
            CompletableFuture<IssuedReceipt> before = last.get(partial.owner());
            CompletableFuture<IssuedReceipt> receipt;
            if (engine.isOwn(partial.owner())) {
                receipt = CompletableFuture.completedFuture(uploads.partialReceipt(partial));
            } else {
                receipt = before == null ? ask(partial) : before.thenCompose(known -> ask(partial));
            }
            last.put(partial.owner(), receipt);
            receipts.add(receipt.thenApply(known -> requireSubject(known, admission)));
        }
        return CompletableFuture.allOf(receipts.toArray(CompletableFuture<?>[]::new))
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .handle((all, late) ->
                        receipts.stream().map(Concatenation::known).toList());
    }

    /** Returns a receipt that has come, or fails as the request for it did. */
    private static IssuedReceipt known(CompletableFuture<IssuedReceipt> receipt) {
        if (!receipt.isDone()) {
            throw new CompletionException(unavailable("The hosts of the partial uploads take too long."));
        }
        return receipt.join();
    }

    private static IssuedReceipt requireSubject(IssuedReceipt receipt, Admission admission) {
        if (!receipt.receipt().subject().equals(admission.subject())) {
            throw new CompletionException(new UploadRefusedException(
                    Problem.of(ProblemType.FORBIDDEN, "A partial upload is another user's.")));
        }
        return receipt;
    }

    /** Asks the host that keeps a partial upload for its receipt. */
    private CompletableFuture<IssuedReceipt> ask(UploadResource partial) {
        RelayRequest request = new RelayRequest(
                partial.owner(), "HEAD", RelayRequest.Purpose.PARTIAL_RECEIPT, Optional.of(partial), Optional.empty());
        return engine.peers().ask(request).handle((response, failure) -> {
            if (response == null) {
                LOG.log(
                        Level.INFO,
                        "the host of partial upload " + partial.id() + " cannot be reached: " + failure.getMessage());
                throw new CompletionException(unavailable("The host of a partial upload cannot be reached now."));
            }
            try {
                return receipt(partial, response);
            } catch (TokenRefusedException e) {
                throw new CompletionException(new UploadRefusedException(e.problem()));
            } catch (UploadRefusedException e) {
                throw new CompletionException(e);
            }
        });
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

    private List<UploadReceipt> receipts(List<String> tokens) throws TokenRefusedException {
        List<UploadReceipt> receipts = new ArrayList<>();
        for (String token : tokens) {
            receipts.add(engine.receiptOfPeer(token));
        }
        return receipts;
    }

    boolean isRunning(UploadId id) {
        return running.containsKey(id);
    }

    /**
     * Resumes to make the upload after a restart.
     *
     * @throws UploadRefusedException if the keys of its partial uploads are needed, which only their client has. It
     *     then asks for the concatenation again.
     */
    CompletableFuture<Status> resume(UploadResource resource, ResumableState state) throws UploadRefusedException {
        if (state.parts().isEmpty()) {
            throw PartialAccess.gone();
        }
        return start(resource, List.of());
    }

    /**
     * Starts to make the upload, unless it is being made already.
     *
     * @param parts the receipts of its partial uploads, or none if they are in its state
     */
    CompletableFuture<Status> start(UploadResource resource, List<IssuedReceipt> parts) {
        CompletableFuture<Status> result = new CompletableFuture<>();
        CompletableFuture<Status> other = running.putIfAbsent(resource.id(), result);
        if (other != null) {
            return other;
        }
        var unused = CompletableFuture.completedFuture(resource)
                .thenComposeAsync(checked(named -> make(named, parts)), executor)
                .whenComplete((status, failure) -> end(resource, result, status, failure));
        return result;
    }

    private void end(
            UploadResource resource,
            CompletableFuture<Status> result,
            @Nullable Status status,
            @Nullable Throwable failure) {
        running.remove(resource.id(), result);
        if (status != null) {
            result.complete(status);
            return;
        }
        Throwable cause = failure == null ? null : PeerQuestions.cause(failure);
        result.completeExceptionally(new CompletionException(shown(resource, cause)));
    }

    private static @Nullable Throwable shown(UploadResource resource, @Nullable Throwable cause) {
        if (cause instanceof RejectedExecutionException) {
            return unavailable("The host is stopping.");
        }
        if (cause instanceof StoreException.Gone) {
            return new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE, "A partial upload is gone."));
        }
        if (cause instanceof IOException) {
            LOG.log(
                    Level.WARNING,
                    "upload " + resource.id() + " is not concatenated yet; the next request for it resumes that: "
                            + cause);
            return unavailable("A partial upload cannot be read now.");
        }
        return cause;
    }

    private interface Step<T, R> {
        R of(T value) throws IOException, UploadRefusedException, TokenRefusedException;
    }

    private static <T, R> Function<T, R> checked(Step<T, R> step) {
        return value -> {
            try {
                return step.of(value);
            } catch (IOException | UploadRefusedException | TokenRefusedException e) {
                throw new CompletionException(e);
            }
        };
    }

    private CompletableFuture<Status> make(UploadResource resource, List<IssuedReceipt> parts)
            throws IOException, UploadRefusedException, TokenRefusedException {
        Append append;
        try {
            append = uploads.openAny(resource);
        } catch (UploadRefusedException e) {
            if (e.problem().type() == ProblemType.UPLOAD_GONE) {
                return CompletableFuture.completedFuture(uploads.status(resource)); // it may be complete already
            }
            throw e;
        }
        try {
            append.holdBack();
            CompletableFuture<Append> filled = CompletableFuture.completedFuture(append);
            for (UploadReceipt part : missing(append, parts)) {
                filled = filled.thenApplyAsync(checked(into -> copy(part, into)), executor(part));
            }
            return filled.thenApplyAsync(checked(Append::complete), executor)
                    .whenComplete((status, failure) -> append.close());
        } catch (TokenRefusedException | RuntimeException e) {
            append.close();
            throw e;
        }
    }

    private List<UploadReceipt> missing(Append append, List<IssuedReceipt> parts) throws TokenRefusedException {
        if (append.offset() > 0) { // all bytes were copied before a crash
            return List.of();
        }
        return parts.isEmpty()
                ? receipts(append.parts())
                : parts.stream().map(IssuedReceipt::receipt).toList();
    }

    /** Returns where a part is copied. Waiting for its host delays neither other hosts' parts nor work on the disk. */
    private Executor executor(UploadReceipt part) {
        return engine.reaches(part.owner())
                ? executor
                : pulling.computeIfAbsent(part.owner().base(), host -> engine.newWaitingExecutor(PULLS_PER_HOST));
    }

    private Append copy(UploadReceipt part, Append append) throws IOException, UploadRefusedException {
        if (engine.reaches(part.owner())) {
            copyFromStore(part, append);
            return append;
        }
        PeerRelay relay = engine.peers()
                .relay()
                .orElseThrow(() -> unavailable("This host cannot reach the host of a partial upload."));
        try {
            relay.pull(List.of(part), new AppendSink(append));
            return append;
        } catch (IOException e) {
            if (e.getCause() instanceof UploadRefusedException refusal) {
                throw refusal;
            }
            throw e;
        }
    }

    private void copyFromStore(UploadReceipt part, Append append) throws IOException, UploadRefusedException {
        byte[] buffer = new byte[READ_SIZE];
        try (InputStream in = engine.uploads(true).open(part, part.owner()).open()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                append.write(ByteBuffer.wrap(buffer, 0, count));
            }
        } catch (StoreException.Gone | WrongSizeException e) { // or another upload is stored in its place
            uploads.remove(append.resource()); // which can never be made
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
