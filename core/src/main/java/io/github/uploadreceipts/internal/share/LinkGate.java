package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.peer.PeerQuestions;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Decides who may use a share link: the one place where its token, subject, password and downloads are checked.
 *
 * <p>Safe for use by several threads.
 */
public final class LinkGate {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    private final Engine engine;
    private final LinkTokens tokens;
    private final LinkChecks checks;
    private final LinkHosts hosts;
    private final OwnLinks own;
    private final PeerLinks peers;
    private final UploadRequests uploadRequests;

    /** Creates the gate of a host. */
    public LinkGate(Engine engine) {
        this(engine, PasswordVerifier::matches);
    }

    LinkGate(Engine engine, PasswordCheck.Matching matching) {
        // or links whose files are locked, or on a disk that hangs, would take all threads of the host
        Background background = new Background(engine.newLongWorkExecutor());
        this.engine = engine;
        this.tokens = new LinkTokens(engine.keyRing(), engine.clock());
        this.checks = new LinkChecks(engine, matching);
        this.hosts = new LinkHosts(engine);
        this.own = new OwnLinks(engine, checks, background);
        this.peers = new PeerLinks(engine.peers().questions());
        new LinkService(own, background).register(engine.peers().questions());
        this.uploadRequests = new UploadRequests(engine, checks);
    }

    /** Returns what mints and verifies the tokens of self-contained links. */
    public LinkTokens tokens() {
        return tokens;
    }

    /** Returns what decides about upload-request links. */
    public UploadRequests uploadRequests() {
        return uploadRequests;
    }

    /**
     * Decides about a request. Does not wait.
     *
     * @return the permission. The future fails with a {@link RefusedException} if the request may not use the link. It
     *     may be completed on a thread that must not be blocked.
     */
    public CompletableFuture<Admission> admit(LinkRequest asked) {
        LinkRequest request = asked.bounded();
        Optional<ShortLink> link = ShortLink.parse(request.token());
        if (link.isPresent()) {
            return admit(request, link.get());
        }
        try {
            return checks.check(request, tokens.verify(request.token()));
        } catch (RefusedException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<Admission> admit(LinkRequest request, ShortLink link) {
        Optional<URI> owner = hosts.resolve(link.owner());
        if (owner.isEmpty()) {
            return CompletableFuture.failedFuture(new UploadRefusedException(Problem.of(ProblemType.NOT_FOUND)));
        }
        return engine.isOwn(owner.get()) ? own.admit(link, request) : peers.admit(owner.get(), request);
    }

    /**
     * Gives a counted download back, because next to nothing of it was sent, unless another request has continued it.
     * Does not wait.
     */
    public void giveBack(Admission admission) {
        if (admission.lease().isEmpty()) {
            return;
        }
        String lease = admission.lease().get();
        Location upload = admission.terms().upload().owner();
        CompletableFuture<Boolean> given = engine.isOwn(upload.base())
                ? own.giveBack(upload.id(), upload.hour(), lease)
                : peers.giveBack(upload, lease);
        var unused = given.whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.log(Level.INFO, "a download of {0} stays counted: {1}", upload.id(), failure.getMessage());
            }
        });
    }

    /**
     * Makes a short link, and returns the last segment of its URL. Blocks.
     *
     * @throws IllegalStateException if its owner is neither this host nor one of its peers
     * @throws IOException if the owner cannot keep it
     */
    public String create(LinkTerms terms) throws IOException {
        Location upload = terms.upload().owner();
        URI owner = hosts.require(upload.base());
        ShortLink link = ShortLink.create(hosts.label(owner), upload.hour(), upload.id());
        if (engine.isOwn(owner)) {
            own.create(link, terms);
        } else {
            var unused = await(owner, peers.create(owner, link, terms));
        }
        return link.text();
    }

    /**
     * Returns the upload of a link, whether or not the link can still be used.
     *
     * @param token the last segment of its URL
     * @return empty if it is not the segment of a link of this fleet, or of a self-contained one that has expired
     */
    public Optional<UploadId> upload(String token) {
        Optional<ShortLink> link = ShortLink.parse(token);
        if (link.isPresent()) {
            return link.map(ShortLink::id)
                    .filter(id -> hosts.resolve(link.get().owner()).isPresent());
        }
        try {
            return Optional.of(tokens.verify(token).upload().id());
        } catch (RefusedException e) {
            return Optional.empty();
        }
    }

    /**
     * Revokes a short link, and returns whether it was there. Blocks.
     *
     * @param token the last segment of its URL
     * @throws IllegalArgumentException if it is not the segment of a short link of this fleet
     * @throws IOException if its owner cannot revoke it
     */
    public boolean revoke(String token) throws IOException {
        ShortLink link = ShortLink.parse(token)
                .orElseThrow(() -> new IllegalArgumentException(
                        "only short share links can be revoked; this one has all that it says in its URL"));
        URI owner = hosts.resolve(link.owner())
                .orElseThrow(() -> new IllegalArgumentException(
                        "the link is of no host that this one knows; set peers to the internal URLs of all hosts"));
        return engine.isOwn(owner) ? own.revoke(link) : await(owner, peers.revoke(owner, link));
    }

    private static <T> T await(URI owner, CompletableFuture<T> response) throws IOException {
        try {
            return response.join();
        } catch (CompletionException e) {
            throw new IOException(
                    owner + " was asked about a short share link: "
                            + PeerQuestions.cause(e).getMessage(),
                    e.getCause());
        }
    }
}
