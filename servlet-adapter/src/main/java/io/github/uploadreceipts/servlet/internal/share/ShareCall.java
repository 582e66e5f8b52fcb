package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadEvent.Place;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.StoreFailures;
import io.github.uploadreceipts.internal.engine.UnfinishedException;
import io.github.uploadreceipts.internal.http.ByteRange;
import io.github.uploadreceipts.internal.share.Admission;
import io.github.uploadreceipts.internal.share.LinkRequest;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.DownloadWriter;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.servlet.internal.response.FrontServer;
import io.github.uploadreceipts.servlet.internal.response.RangedResponse;
import io.github.uploadreceipts.servlet.internal.response.Responses;
import io.github.uploadreceipts.store.StoreException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** One request for a share link, from its first look to its last byte. */
final class ShareCall {

    private static final Logger LOG = System.getLogger(Loggers.SHARE);

    private final ShareEndpoint endpoint;
    private final Engine engine;
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final ShareRequest asked;
    private final ShareResponse reply;
    private boolean formRead;
    private volatile boolean fromPeer;
    private volatile @Nullable Completion completion;
    private volatile @Nullable Admission admission;

    /** A step that goes on with what an earlier one has given. */
    private interface Step<T> {
        void take(T given) throws IOException, RefusedException;
    }

    ShareCall(ShareEndpoint endpoint, HttpServletRequest request, HttpServletResponse response) {
        this.endpoint = endpoint;
        this.engine = endpoint.engine;
        this.request = request;
        this.response = response;
        this.asked = new ShareRequest(request);
        this.reply = new ShareResponse(asked, response, engine.clock());
    }

    void serve() throws IOException {
        reply.begin();
        try {
            LinkRequest link = asked.link(
                    formPassword(),
                    Optional.ofNullable(endpoint.settings.subject().apply(request)));
            reply.realm(link.id());
            then(endpoint.gate.admit(link), this::admitted);
        } catch (RefusedException e) {
            refuse(e.problem());
        }
    }

    /** Refuses an upload-request link. */
    void refuse(RefusedException refusal) throws IOException {
        reply.begin();
        refuse(refusal.problem());
    }

    private Optional<String> formPassword() throws IOException, RefusedException {
        switch (request.getMethod()) {
            case "GET", "HEAD" -> {
                return Optional.empty();
            }
            case "POST" -> {
                asked.requireSameSite();
                Optional<String> password = PasswordForm.read(endpoint, request);
                formRead = true;
                return password;
            }
            default -> {
                response.setHeader("Allow", "GET, HEAD, POST");
                throw new UploadRefusedException(Problem.of(ProblemType.METHOD_NOT_ALLOWED));
            }
        }
    }

    /** Goes on when {@code future} is there: at once, asynchronously, or on this thread, which waits. */
    private <T> void then(CompletableFuture<T> future, Step<T> step) throws IOException {
        if (future.isDone() || !canBeAsynchronous()) {
            take(future, step);
            return;
        }
        Completion started = startAsync();
        var unused = future.whenComplete(
                (given, failure) -> UploadCall.surely(engine.executor(), () -> resume(started, future, step)));
    }

    private <T> void resume(Completion started, CompletableFuture<T> future, Step<T> step) {
        try {
            take(future, step);
        } catch (IOException | RuntimeException | Error e) { // the request must end all the same
            LOG.log(Level.WARNING, "a download by a share link failed: " + e);
            started.failed();
        }
    }

    private <T> void take(CompletableFuture<T> future, Step<T> step) throws IOException {
        try {
            step.take(given(future));
        } catch (RefusedException e) {
            giveBack();
            refuse(e.problem());
        } catch (StoreException.Gone e) {
            giveBack();
            refuse(Problem.of(ProblemType.UPLOAD_GONE));
        } catch (UnfinishedException e) {
            giveBack();
            refuse(e.refusal().problem());
        } catch (IOException e) {
            if (response.isCommitted()) {
                throw e; // the container breaks the connection, so the client sees that bytes are missing
            }
            giveBack();
            refuse(unreadable(e));
        }
    }

    /** A peer that fails is no fault of this host's store. */
    private Problem unreadable(Throwable failure) {
        LOG.log(fromPeer ? Level.WARNING : Level.ERROR, "the upload of a share link could not be read: " + failure);
        if (fromPeer) {
            return Problem.of(ProblemType.UNAVAILABLE, "The host that keeps the file cannot be reached now.");
        }
        return Problem.of(failure instanceof IOException e ? StoreFailures.problemOf(e) : ProblemType.STORAGE_FAILED);
    }

    /** Returns what a future holds, or throws what it failed with. */
    private static <T> T given(CompletableFuture<T> future) throws IOException, RefusedException {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RefusedException refused) {
                throw refused;
            }
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            throw e;
        }
    }

    private boolean canBeAsynchronous() {
        return completion != null || (request.isAsyncSupported() && !request.isAsyncStarted());
    }

    private Completion startAsync() {
        Completion started = completion;
        if (started == null) {
            started = Completion.start(request, response, hasUnreadBody(), endpoint.refusedBodies);
            completion = started;
        }
        return started;
    }

    private void end() {
        Completion started = completion;
        if (started != null) {
            started.responded();
        }
    }

    private void refuse(Problem problem) throws IOException {
        Admission admitted = admission;
        Level level = problem.type() == ProblemType.NOT_FOUND ? Level.DEBUG : Level.INFO; // strangers try many paths
        LOG.log(level, "a request for a share link is refused: {0}", problem.type());
        engine.tell(new UploadEvent.Refused(
                problem,
                Place.LINK,
                Optional.ofNullable(admitted)
                        .map(known -> known.terms().upload().id())));
        byte[] body = reply.refusal(problem, Optional.ofNullable(admitted).map(Admission::terms));
        if (hasUnreadBody() && completion == null) {
            Responses.endUnread(request, response, endpoint.refusedBodies, () -> write(body));
            return;
        }
        if (hasUnreadBody()) {
            ContainerManners.endConnection(request, response);
        }
        write(body);
        end();
    }

    private boolean hasUnreadBody() {
        return ContainerManners.hasBody(request) && !formRead;
    }

    private void write(byte[] body) throws IOException {
        ContainerManners.write(request, response, body);
    }

    private void admitted(Admission given) throws IOException, RefusedException {
        admission = given;
        new LinkCookies(request).set(response, given);
        UploadReceipt upload = given.terms().upload();
        Optional<LinkedFile> own = LinkedFile.find(engine, given.terms());
        if (own.isEmpty() && !LinkedFile.isElsewhere(engine, upload)) {
            throw new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE));
        }
        if (asked.isPost()) {
            reply.redirect();
            end();
        } else if (asked.isForPage()) {
            write(reply.page(given.terms()));
            end();
        } else {
            sendFile(given, own);
        }
    }

    private void sendFile(Admission given, Optional<LinkedFile> own) throws IOException, RefusedException {
        UploadReceipt upload = given.terms().upload();
        reply.cache(given.terms());
        RangedResponse ranged =
                new RangedResponse(request, response, upload.digest().entityTag(), upload.size());
        if (ranged.isNotModified()) {
            giveBack();
            end();
        } else if (own.isPresent() && isSentByFrontServer(given, ranged, own.get())) {
            reply.describe(given.terms());
            tellUsed(ByteRange.requested(request.getHeader("Range"), upload.size()), true);
            end();
        } else {
            sendRange(given, own, ranged);
        }
    }

    private boolean isSentByFrontServer(Admission given, RangedResponse ranged, LinkedFile file) throws StoreException {
        boolean plain = given.terms().upload().contentKey().isEmpty();
        return plain && FrontServer.send(response, ranged, endpoint.settings.delivery(), file.location(), file.view());
    }

    private void sendRange(Admission given, Optional<LinkedFile> own, RangedResponse ranged)
            throws IOException, RefusedException {
        ByteRange range = ranged.range();
        if (range.isUnsatisfiable()) {
            giveBack();
            reply.keepNowhere();
            end();
            return;
        }
        if (own.isPresent()) {
            Download download = own.get().view().download(range.first(), ranged.isHead() ? 0 : range.length());
            respond(given, ranged, range, download, own);
            return;
        }
        // a HEAD asks for one byte, because nobody else says whether the upload is there
        fromPeer = true;
        long length = ranged.isHead() ? Math.min(1, range.length()) : range.length();
        CompletableFuture<Download> found = endpoint.peers.start(
                given.terms().upload(), range.first(), length, given.terms().acceptUnfinished());
        then(found, download -> respond(given, ranged, range, download, own));
    }

    private void respond(
            Admission given, RangedResponse ranged, ByteRange range, Download download, Optional<LinkedFile> own)
            throws IOException {
        try {
            begin(given, ranged, range, download, own);
        } catch (IOException | RuntimeException | Error e) {
            download.close();
            throw e;
        }
    }

    private void begin(
            Admission given, RangedResponse ranged, ByteRange range, Download download, Optional<LinkedFile> own)
            throws IOException {
        reply.describe(given.terms());
        ranged.describe(range);
        if (ranged.isHead()) {
            download.close();
            end();
            return;
        }
        if (own.isPresent() && isSentByContainer(given, own.get(), range)) {
            download.close();
            tellUsed(range, true);
            return;
        }
        DownloadWriter writer = DownloadWriter.create(
                request,
                response,
                download,
                endpoint.settings.idleTimeout(),
                (bytes, failure, lost) -> sent(range, bytes, failure, lost));
        tellUsed(range, own.isPresent());
        if (canBeAsynchronous()) {
            startAsync();
            writer.begin(endpoint.watchdog, own.isPresent() ? endpoint.ownWriters : endpoint.peerWriters);
        } else {
            writer.writeBlocking();
        }
    }

    /**
     * The container sends a file after this thread has returned, and neither at the end of an asynchronous request nor
     * before it has read the body of this one.
     */
    private boolean isSentByContainer(Admission given, LinkedFile file, ByteRange range) {
        return completion == null
                && !hasUnreadBody()
                && range.length() > 0
                && given.terms().upload().contentKey().isEmpty()
                && file.view().file().isPresent()
                && ContainerManners.sendfile(request, file.view().file().get(), range.first(), range.length());
    }

    private void tellUsed(ByteRange range, boolean own) {
        Admission given = admission;
        if (given != null && range.first() == 0 && request.getMethod().equals("GET")) {
            engine.tell(new UploadEvent.LinkUsed(given.terms().upload().id(), own));
        }
    }

    private void sent(ByteRange range, long bytes, @Nullable Throwable failure, boolean lost) {
        boolean nothing = bytes == 0 || bytes < range.size() / 100;
        try {
            if (failure != null && nothing && range.first() == 0) { // or many ranges would make up the file
                giveBack();
            }
        } finally {
            finish(failure, lost);
        }
    }

    private void finish(@Nullable Throwable failure, boolean lost) {
        Completion started = completion;
        if (started == null) {
            return; // the thread that waited knows
        }
        if (failure == null) {
            started.responded();
        } else if (lost && !response.isCommitted()) {
            refuseLost(started, failure);
        } else {
            started.failed();
        }
    }

    private void refuseLost(Completion started, Throwable failure) {
        try {
            refuse(unreadable(failure));
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.DEBUG, "the client left before it got its refusal: " + e);
            started.failed();
        }
    }

    /** Gives a download back that was counted for this request, unless another one has continued it. */
    private void giveBack() {
        Admission given = admission;
        if (given != null && given.lease().isPresent()) {
            endpoint.gate.giveBack(given);
        }
    }
}
