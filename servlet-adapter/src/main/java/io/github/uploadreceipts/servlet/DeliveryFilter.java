package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadEvent.Place;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.Extension;
import io.github.uploadreceipts.internal.engine.StoreFailures;
import io.github.uploadreceipts.internal.engine.StoredUploads;
import io.github.uploadreceipts.internal.engine.StoredView;
import io.github.uploadreceipts.internal.engine.UnfinishedException;
import io.github.uploadreceipts.internal.engine.WrongSizeException;
import io.github.uploadreceipts.internal.peer.PeerQuestions;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.relay.PeerGate;
import io.github.uploadreceipts.servlet.internal.response.DeliveryResponse;
import io.github.uploadreceipts.servlet.internal.response.QuestionResponse;
import io.github.uploadreceipts.servlet.internal.response.Responses;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Serves stored uploads to peers: {@code GET}, {@code HEAD}, {@code POST} (which records a claim), {@code PUT} (which
 * keeps the upload longer) and {@code DELETE} of {@code /internal/uploads/<hour>/<id>}. Peers ask about short share links and
 * hand-overs by {@code POST} to {@code /internal/uploads/ask}.
 *
 * <pre>{@code
 * FilterRegistration.Dynamic peers = context.addFilter("peers", DeliveryFilter.create(host));
 * peers.setAsyncSupported(true);
 * peers.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/internal/uploads/*");
 * }</pre>
 *
 * <p>A request must come from the {@linkplain UploadHost.Builder#peerAddresses address of a peer}, have no forwarding header, and bring a peer token for
 * exactly this request. Everything that the response says comes from the token or from the file itself. A refusal
 * bears a mark, so that peers can tell it from the refusal of a front server.
 *
 * <p>In a {@code web.xml} the filter reads the settings of the host (see the table of settings) and
 * {@code peer-addresses}: the CIDR blocks of the peers, in place of the host's.
 */
public final class DeliveryFilter implements Filter {

    private static final Logger LOG = System.getLogger(Loggers.DELIVERY);
    private static final String BEARER = "Bearer ";
    private final FilterHost filterHost;
    private final AtomicBoolean toldBlocking = new AtomicBoolean();
    private @Nullable PeerGate gate;
    private @Nullable PeerTokens tokens;

    private DeliveryFilter(FilterHost filterHost) {
        this.filterHost = filterHost;
    }

    /** Creates a filter for a container, which configures it by init-params. */
    public DeliveryFilter() {
        this(FilterHost.configured());
    }

    /** Returns a filter that serves the uploads of {@code host} to its peers. */
    public static DeliveryFilter create(UploadHost host) {
        return new DeliveryFilter(FilterHost.of(host));
    }

    /**
     * Returns a filter that is configured by text, for adapters to other frameworks.
     *
     * @param settings the values, by the names in the table of settings, such as {@code peer-addresses}
     * @throws IllegalStateException if a setting is wrong or unknown; the message says which one, and what to change
     */
    public static DeliveryFilter create(UploadHost host, Map<String, String> settings) {
        DeliveryFilter filter = create(host);
        PeerGate.configured(SettingNames.check(settings)).ifPresent(configured -> filter.gate = configured);
        return filter;
    }

    @Override
    public void init(FilterConfig config) {
        filterHost.settings(config).flatMap(PeerGate::configured).ifPresent(configured -> gate = configured);
        UploadHost host = filterHost.init(config);
        if (gate == null) {
            gate = PeerGate.of(HostAccess.engine(host).peers().rules());
        }
        tokens = new PeerTokens(host.keyRing(), HostAccess.engine(host).clock());
    }

    @Override
    public void destroy() {
        filterHost.destroy();
    }

    @Override
    public void doFilter(ServletRequest servletRequest, ServletResponse servletResponse, FilterChain chain)
            throws IOException {
        HttpServletRequest request = (HttpServletRequest) servletRequest;
        HttpServletResponse response = (HttpServletResponse) servletResponse;
        try {
            serve(request, response);
        } catch (RefusedException e) {
            if (e.problem().type() != ProblemType.NOT_FOUND) { // which strangers get, who learn nothing of this filter
                response.setHeader(PeerRequest.MARK, PeerRequest.REFUSED);
            }
            refuse(request, response, e.problem());
        } catch (UnfinishedException e) {
            LOG.log(Level.DEBUG, "a request between hosts is refused: {0}", e.getMessage());
            response.setHeader(PeerRequest.MARK, PeerRequest.REFUSED);
            refuse(request, response, e.refusal().problem());
        } catch (IOException e) {
            if (response.isCommitted()) {
                throw e; // the container breaks the connection, so the peer sees that bytes are missing
            }
            LOG.log(Level.ERROR, "a peer's request failed: " + e);
            response.reset();
            refuse(request, response, Problem.of(StoreFailures.problemOf(e)));
        }
    }

    private void refuse(HttpServletRequest request, HttpServletResponse response, Problem problem) throws IOException {
        Optional<UploadId> upload = parse(request).map(Location::id);
        filterHost.engine().tell(new UploadEvent.Refused(problem, Place.DELIVERY, upload));
        Responses.refuseUnread(request, response, filterHost.refusedBodies(), problem);
    }

    private void serve(HttpServletRequest request, HttpServletResponse response) throws IOException, RefusedException {
        FilterHost.initialized(gate).require(request);
        if (isQuestion(request)) {
            respond(request, response);
            return;
        }
        Location location = location(request);
        PeerRequest permitted = verify(request, location);
        switch (request.getMethod()) {
            case "GET", "HEAD" -> deliver(request, response, permitted);
            case "POST" -> claim(response, permitted);
            case "PUT" -> keep(response, permitted);
            case "DELETE" -> discard(response, location);
            default -> throw notAllowed(response, request.getMethod());
        }
    }

    private static boolean isQuestion(HttpServletRequest request) {
        return request.getMethod().equals("POST")
                && request.getRequestURI().equals(request.getContextPath() + PeerQuestions.PATH);
    }

    /** Responds to what a peer asks. That may take seconds, for which no thread waits. */
    private void respond(HttpServletRequest request, HttpServletResponse response)
            throws IOException, RefusedException {
        StartMessage.warnIfBlocking(request, toldBlocking, "question of a peer", "DeliveryFilter");
        CompletableFuture<String> result;
        try {
            result = filterHost
                    .engine()
                    .peers()
                    .questions()
                    .respond(bearer(request), QuestionResponse.mayTakeLong(request));
        } catch (TokenRefusedException e) {
            LOG.log(Level.WARNING, "a peer''s question is refused: {0}", e.explanation());
            throw e;
        }
        QuestionResponse.write(request, response, filterHost.refusedBodies(), result);
    }

    private static UploadRefusedException notAllowed(HttpServletResponse response, String method) {
        response.setHeader("Allow", "GET, HEAD, POST, PUT, DELETE");
        return refusal(Level.DEBUG, ProblemType.METHOD_NOT_ALLOWED, method);
    }

    /** Reads the path as it was sent, not decoded: the path of a location has exactly one spelling. */
    private Location location(HttpServletRequest request) throws RefusedException {
        return parse(request)
                .orElseThrow(
                        () -> refusal(Level.DEBUG, ProblemType.NOT_FOUND, "its path is not the path of an upload"));
    }

    private Optional<Location> parse(HttpServletRequest request) {
        URI base = filterHost.get().internalUrl();
        String path = request.getRequestURI().substring(request.getContextPath().length());
        try {
            return Optional.of(Location.parse(base + path));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private PeerRequest verify(HttpServletRequest request, Location location) throws RefusedException {
        String token = bearer(request);
        try {
            return FilterHost.initialized(tokens)
                    .verify(token, request.getMethod(), filterHost.engine().own(), location);
        } catch (TokenRefusedException e) {
            LOG.log(Level.WARNING, "peer token for {0} refused: {1}", location.id(), e.explanation());
            throw e;
        }
    }

    private static String bearer(HttpServletRequest request) throws RefusedException {
        String authorization = request.getHeader("Authorization");
        if (authorization == null || !authorization.startsWith(BEARER)) {
            throw refusal(Level.INFO, ProblemType.PEER_TOKEN_REFUSED, "it has no peer token");
        }
        return authorization.substring(BEARER.length());
    }

    private void deliver(HttpServletRequest request, HttpServletResponse response, PeerRequest permitted)
            throws IOException, RefusedException {
        Engine engine = filterHost.engine();
        Location location = permitted.location();
        if (permitted.claim().isPresent()
                && !isFor(engine, permitted, permitted.claim().get())) {
            throw claimed(location);
        }
        StoredView upload = open(engine, permitted);
        try {
            new DeliveryResponse(request, response, permitted, upload).write(engine.delivery());
        } catch (StoreException.Gone e) {
            response.reset(); // the upload's header fields do not belong on the refusal
            throw gone(location);
        }
        if (request.getMethod().equals("GET") && response.getStatus() < HttpServletResponse.SC_MULTIPLE_CHOICES) {
            engine.tell(new UploadEvent.Delivered(location.id()));
        }
    }

    /** No bytes go out before their claim is recorded. To look at an upload records nothing. */
    private static boolean isFor(Engine engine, PeerRequest permitted, Claim claim)
            throws IOException, RefusedException {
        Location location = permitted.location();
        StoredUploads uploads = engine.uploads(permitted.acceptUnfinished());
        try {
            return permitted.method().equals("HEAD")
                    ? uploads.isFreeFor(location, claim)
                    : uploads.claim(location, claim);
        } catch (StoreException.Gone e) {
            throw gone(location);
        }
    }

    private static StoredView open(Engine engine, PeerRequest permitted) throws IOException, RefusedException {
        try {
            return engine.uploads(permitted.acceptUnfinished()).openStored(permitted.location(), permitted.size());
        } catch (StoreException.Gone | WrongSizeException e) {
            throw gone(permitted.location());
        }
    }

    private void claim(HttpServletResponse response, PeerRequest permitted) throws IOException, RefusedException {
        Claim claim = permitted.claim().orElseThrow(() -> notAllowed(response, "POST without a claim"));
        if (!isFor(filterHost.engine(), permitted, claim)) {
            throw claimed(permitted.location());
        }
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
    }

    private void keep(HttpServletResponse response, PeerRequest permitted) throws IOException, RefusedException {
        Extension extension = new Extension(filterHost.engine());
        Instant until = permitted
                .until()
                .filter(extension::isPossible)
                .orElseThrow(() -> notAllowed(response, "PUT without a possible time"));
        try {
            extension.keep(permitted.location(), permitted.size(), until);
        } catch (StoreException.Gone | StoreException.Taken | WrongSizeException e) {
            throw gone(permitted.location());
        }
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
    }

    private void discard(HttpServletResponse response, Location location) throws IOException, RefusedException {
        if (!filterHost.engine().discard(location)) {
            throw gone(location);
        }
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
    }

    private static UploadRefusedException claimed(Location location) {
        return refusal(
                Level.INFO, ProblemType.ALREADY_CLAIMED, "upload " + location.id() + " is used under another claim");
    }

    private static UploadRefusedException gone(Location location) {
        return refusal(
                Level.DEBUG, ProblemType.UPLOAD_GONE, "no upload " + location.id() + " that matches it is stored here");
    }

    /** Logs the cause and returns the refusal, from which the client learns only the type. */
    private static UploadRefusedException refusal(Level level, ProblemType type, String cause) {
        LOG.log(level, "a request between hosts is refused: {0}: {1}", type, cause);
        return new UploadRefusedException(Problem.of(type));
    }
}
