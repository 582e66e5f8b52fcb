package io.github.uploadreceipts.host;

import io.github.uploadreceipts.peer.RelayRequest;
import io.github.uploadreceipts.peer.RelayTokens;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.IssuedReceipt;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadResource;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Makes one upload of several, which may lie on several hosts. */
final class Joining {

    private static final Logger LOG = System.getLogger(ResumableUploads.class.getName());
    private static final int READ_SIZE = 128 * 1024;
    private static final long ANSWER_SECONDS = 20;
    private static final int MAX_PIECES = 64;

    private final UploadHost host;
    private final ResumableUploads uploads;
    private final Executor executor;
    private final Map<UploadId, CompletableFuture<ResumableUploads.Status>> running = new ConcurrentHashMap<>();

    Joining(UploadHost host, ResumableUploads uploads) {
        this.host = host;
        this.uploads = uploads;
        this.executor = BoundedExecutor.forLongWork(host);
    }

    static long size(List<IssuedReceipt> pieces) {
        return pieces.stream().mapToLong(piece -> piece.receipt().size()).sum();
    }

    /** Returns what proves that the pieces are complete, and where they lie. */
    List<IssuedReceipt> receipts(UploadPermit permit, Iterable<UploadResource> pieces) throws UploadRefusedException {
        List<IssuedReceipt> receipts = new ArrayList<>();
        for (UploadResource piece : pieces) {
            if (receipts.size() == MAX_PIECES) {
                throw new UploadRefusedException(Problem.limit(
                        ProblemType.TOO_MANY_FILES,
                        "An upload may have " + MAX_PIECES + " pieces.",
                        MAX_PIECES,
                        MAX_PIECES + 1L));
            }
            IssuedReceipt receipt = piece.owner().equals(host.base()) ? uploads.pieceReceipt(piece) : ask(piece);
            if (!receipt.receipt().subject().equals(permit.subject())) {
                throw new UploadRefusedException(Problem.of(ProblemType.FORBIDDEN, "A piece is another user's."));
            }
            receipts.add(receipt);
        }
        return receipts;
    }

    /** Asks the host that keeps a piece. */
    private IssuedReceipt ask(UploadResource piece) throws UploadRefusedException {
        PeerRelay relay = host.relay().orElseThrow(() -> unavailable("This host does not know the host of a piece."));
        RelayRequest request = new RelayRequest(
                piece.owner(), "HEAD", RelayRequest.Purpose.PIECE, Optional.of(piece), Optional.empty());
        String token = new RelayTokens(host.keyRing(), host.clock()).mint(request);
        try {
            PeerRelay.Answer answer = relay.send(new PeerRelay.Request(
                            piece.owner(),
                            "HEAD",
                            RelayRequest.PATH,
                            Map.of(RelayRequest.FIELD, token),
                            0,
                            Optional.empty()))
                    .get(ANSWER_SECONDS, TimeUnit.SECONDS);
            return receipt(piece, answer);
        } catch (ExecutionException | TimeoutException e) {
            LOG.log(Level.INFO, "a piece of an upload is not reached: " + e);
            throw unavailable("The host of a piece cannot be reached now.");
        } catch (TokenRefusedException e) {
            throw new UploadRefusedException(e.problem());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable("The host is stopping.");
        }
    }

    private IssuedReceipt receipt(UploadResource piece, PeerRelay.Answer answer)
            throws TokenRefusedException, UploadRefusedException {
        String token = answer.fields().get("upload-receipt");
        int status = RelayRequest.isTaken(answer.fields()) ? answer.status() : 503;
        if (status != 200 || token == null) {
            throw refused(status);
        }
        UploadReceipt receipt = host.receipts().verifyForPeer(token);
        Location owner = receipt.owner();
        if (!owner.base().equals(piece.owner()) || !owner.id().equals(piece.id())) {
            throw refused(503); // an answer to another question
        }
        return new IssuedReceipt(receipt, token);
    }

    private static UploadRefusedException refused(int status) {
        return switch (status) {
            case 404, 410 -> new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE, "A piece is gone."));
            case 409 ->
                new UploadRefusedException(Problem.of(ProblemType.NOT_FINISHED, "A whole is made of complete pieces."));
            default -> unavailable("The host of a piece cannot answer now.");
        };
    }

    private static UploadRefusedException unavailable(String detail) {
        return new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE, detail));
    }

    /** Returns whether both are to be the same file, made of the same pieces: another piece may have one's place by now. */
    boolean isSame(ResumableState one, ResumableState other) {
        boolean joined = one.role() == ResumableUploads.Role.JOINED && other.role() == ResumableUploads.Role.JOINED;
        try {
            return joined
                    && one.terms().equals(other.terms())
                    && one.metadata().equals(other.metadata())
                    && receipts(one).equals(receipts(other));
        } catch (TokenRefusedException e) { // whose key was taken out of the ring
            return false;
        }
    }

    private List<UploadReceipt> receipts(ResumableState state) throws TokenRefusedException {
        ReceiptVerifier verifier = host.receipts();
        List<UploadReceipt> receipts = new ArrayList<>();
        for (String token : state.pieces()) {
            receipts.add(verifier.verifyForPeer(token));
        }
        return receipts;
    }

    boolean isRunning(UploadResource resource) {
        return running.containsKey(resource.id());
    }

    /** Begins to make the upload, unless that is being done. */
    CompletableFuture<ResumableUploads.Status> start(UploadResource resource) {
        CompletableFuture<ResumableUploads.Status> result = new CompletableFuture<>();
        CompletableFuture<ResumableUploads.Status> other = running.putIfAbsent(resource.id(), result);
        if (other != null) {
            return other;
        }
        try {
            executor.execute(() -> run(resource, result));
        } catch (RuntimeException e) {
            end(resource, result, unavailable("The host is stopping."));
        }
        return result;
    }

    private void run(UploadResource resource, CompletableFuture<ResumableUploads.Status> result) {
        try {
            ResumableUploads.Status status = make(resource);
            running.remove(resource.id(), result);
            result.complete(status);
        } catch (NoSuchFileException e) {
            end(resource, result, new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE, "A piece is gone.")));
        } catch (IOException e) {
            LOG.log(Level.WARNING, "upload " + resource.id() + " is not made yet: " + e);
            end(resource, result, unavailable("A piece cannot be read now."));
        } catch (UploadRefusedException | TokenRefusedException | RuntimeException | Error e) {
            end(resource, result, e);
        }
    }

    private ResumableUploads.Status make(UploadResource resource)
            throws IOException, UploadRefusedException, TokenRefusedException {
        Append append;
        try {
            append = uploads.openAny(resource);
        } catch (UploadRefusedException e) {
            if (e.problem().type() == ProblemType.UPLOAD_GONE) {
                return uploads.status(resource); // it may be made already
            }
            throw e;
        }
        try (append) {
            append.holdBack();
            if (append.offset() == 0) { // otherwise it was made before a crash
                copy(resource, append);
            }
            return append.complete();
        }
    }

    private void copy(UploadResource resource, Append append)
            throws IOException, UploadRefusedException, TokenRefusedException {
        ReceiptVerifier verifier = host.receipts();
        try {
            for (String token : append.pieces()) {
                copy(verifier.verifyForPeer(token), append);
            }
        } catch (NoSuchFileException e) { // of a piece that is gone nothing can ever be made
            uploads.remove(resource);
            throw e;
        }
    }

    private void end(UploadResource resource, CompletableFuture<ResumableUploads.Status> result, Throwable failure) {
        running.remove(resource.id(), result);
        result.completeExceptionally(new CompletionException(failure));
    }

    private void copy(UploadReceipt piece, Append append) throws IOException, UploadRefusedException {
        Location owner = piece.owner();
        if (host.owns(owner)) {
            StoredUpload stored = host.store()
                    .find(owner.id(), owner.hour())
                    .filter(found -> found.size() == piece.size()) // or another has its place
                    .orElseThrow(() -> new NoSuchFileException(owner.id().toString()));
            copy(stored, append);
            return;
        }
        PeerRelay relay = host.relay().orElseThrow(() -> unavailable("This host does not know the host of a piece."));
        try {
            relay.pull(List.of(piece), new Refusable(append));
        } catch (IOException e) {
            if (e.getCause() instanceof UploadRefusedException refusal) {
                throw refusal;
            }
            throw e;
        }
    }

    private static void copy(StoredUpload stored, Append append) throws IOException, UploadRefusedException {
        ByteBuffer buffer = ByteBuffer.allocate(READ_SIZE);
        try (SeekableByteChannel bytes = stored.open()) {
            while (bytes.read(buffer.clear()) >= 0) {
                append.write(buffer.flip());
            }
        }
    }

    /** Carries a refusal through what knows only of input and output. */
    private record Refusable(Append append) implements PeerRelay.Sink {

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
