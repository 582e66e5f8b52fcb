package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.host.HostSettings;
import io.github.uploadreceipts.host.ResumableUploads;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.host.UploadPermit;
import io.github.uploadreceipts.http.ContentDisposition;
import io.github.uploadreceipts.http.MediaType;
import io.github.uploadreceipts.peer.RelayRequest;
import io.github.uploadreceipts.peer.RelayTokens;
import io.github.uploadreceipts.peer.ResourceTokens;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.UploadResource;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Receives uploads: {@code POST multipart/form-data} with any number of files, or {@code POST} or {@code PUT} of any other
 * type with one file, whose name is in {@code Content-Disposition}. Answers 201 with receipts. Clients that speak
 * <a href="https://tus.io/protocols/resumable-upload">tus 1.0.0</a> upload in several requests, which may reach any host of
 * the fleet ({@link UploadHost#relayThrough}); the last answer bears the receipt in {@code Upload-Receipt}.
 *
 * <pre>{@code
 * FilterRegistration.Dynamic uploads =
 *         context.addFilter("uploads", UploadFilter.create(host, UploadPolicy.signedIn(UploadLimits.defaults())));
 * uploads.setAsyncSupported(true);
 * uploads.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/uploads", "/uploads/*", "/internal/relay");
 * }</pre>
 *
 * <p>It belongs first in the chain: a filter that asks for a parameter before makes the container read the body. Where
 * everything before it supports asynchronous requests, an upload that waits for its client occupies no thread. The filter
 * answers every request mapped to it and calls nothing behind it.
 *
 * <p>In a {@code web.xml} it is configured by init-params: {@code policy} ({@code signed-in}, {@code anyone}, {@code ticket} or the name of
 * an {@link UploadPolicy} class), the limits, {@code allow-origins}, {@code allow-credentials}, {@code allow-headers}, {@code final-form},
 * {@code target-origin}, {@code public-url}, {@code checksum-trailers}, {@code peer-addresses}, and the settings of {@link io.github.uploadreceipts.host.HostSettings}.
 */
public final class UploadFilter implements Filter {

    private static final String FILE_FIELD = "file";
    private static final String ALLOW = "POST, PUT, OPTIONS";

    private final InFlight inFlight = new InFlight();
    private final FilterHost filterHost;
    private @Nullable UploadPolicy policy;
    private Cors cors;
    private Optional<String> finalForm;
    private Optional<String> targetOrigin;
    private Optional<String> publicUrl;
    private boolean checksumTrailers;
    private PeerGate gate;
    private @Nullable Serving serving;

    /** What there is from when the filter has its host. */
    private record Serving(
            UploadHost host,
            Watchdog watchdog,
            ResourceTokens resources,
            RelayTokens relays,
            Relaying relaying,
            Optional<TusUploads> tus) {}

    private UploadFilter(Builder builder) {
        this.filterHost = FilterHost.of(builder.host);
        this.policy = builder.policy;
        this.cors = new Cors(builder.origins, builder.credentials, builder.headers);
        this.finalForm = builder.finalForm;
        this.targetOrigin = builder.targetOrigin;
        this.publicUrl = builder.publicUrl;
        this.checksumTrailers = builder.checksumTrailers;
        this.gate = builder.gate;
    }

    /** For containers, which configure it by init-params. */
    public UploadFilter() {
        this.filterHost = FilterHost.configured();
        this.cors = Cors.NONE;
        this.finalForm = Optional.empty();
        this.targetOrigin = Optional.empty();
        this.publicUrl = Optional.empty();
        this.gate = PeerGate.PRIVATE;
    }

    /** Returns a filter that lets {@code policy} decide. */
    public static UploadFilter create(UploadHost host, UploadPolicy policy) {
        return builder(host, policy).build();
    }

    /** Returns a builder for a filter that lets {@code policy} decide. */
    public static Builder builder(UploadHost host, UploadPolicy policy) {
        return new Builder(host, policy);
    }

    /** The settings of an {@link UploadFilter}. */
    public static final class Builder {

        private final UploadHost host;
        private final UploadPolicy policy;
        private final Set<String> origins = new HashSet<>();
        private final Set<String> headers = new HashSet<>();
        private boolean credentials;
        private Optional<String> finalForm = Optional.empty();
        private Optional<String> targetOrigin = Optional.empty();
        private Optional<String> publicUrl = Optional.empty();
        private boolean checksumTrailers;
        private PeerGate gate = PeerGate.PRIVATE;

        private Builder(UploadHost host, UploadPolicy policy) {
            this.host = host;
            this.policy = policy;
        }

        /**
         * Lets pages of these origins, such as {@code https://www.example.org}, upload and read the answers (CORS).
         *
         * @throws IllegalArgumentException if one is no origin
         */
        public Builder allowOrigins(String... values) {
            for (String value : values) {
                origins.add(Cors.requireOrigin(value));
            }
            return this;
        }

        /**
         * Lets such pages send these header fields too, such as {@code X-CSRF-Token}.
         *
         * @throws IllegalArgumentException if one is no name of a field
         */
        public Builder allowHeaders(String... names) {
            for (String name : names) {
                headers.add(Cors.requireFieldName(name));
            }
            return this;
        }

        /** Lets such pages send cookies along. */
        public Builder allowCredentials() {
            credentials = true;
            return this;
        }

        /**
         * Sets where a browser without script sends the receipts in the end, as repeated {@code receipt} fields: a path or
         * a URL of the application.
         */
        public Builder finalForm(String action) {
            finalForm = Optional.of(action);
            return this;
        }

        /**
         * Sets the origin of the page to whose hidden frame the receipts are handed; the upload's own by default.
         *
         * @throws IllegalArgumentException if it is no origin
         */
        public Builder targetOrigin(String origin) {
            targetOrigin = Optional.of(Cors.requireOrigin(origin));
            return this;
        }

        /**
         * Sets the URL under which clients reach the uploads of this very host, such as
         * {@code https://app1.example.org/uploads}: uploads that resume then come here at once. Without it they may reach any
         * host, and are passed on.
         *
         * @throws IllegalArgumentException if it is no http or https URL, or has a query or a final slash
         */
        public Builder publicUrl(String url) {
            publicUrl = Optional.of(requirePublicUrl(url));
            return this;
        }

        /** Tells clients that checksums may come in trailer fields, which not every container passes on (Tomcat needs {@code allowedTrailerHeaders}). */
        public Builder checksumTrailers() {
            checksumTrailers = true;
            return this;
        }

        /**
         * Sets whose requests are taken at {@code /internal/relay}; private addresses by default.
         *
         * @param cidrs blocks such as {@code 10.1.0.0/16} or {@code fd00:1::/32}
         */
        public Builder peerAddresses(String... cidrs) {
            gate = PeerGate.of(cidrs);
            return this;
        }

        /** Returns the filter. */
        public UploadFilter build() {
            return new UploadFilter(this);
        }
    }

    /**
     * Returns the host that filters of this application made from their settings, for use with a fetcher.
     *
     * @throws IllegalStateException if none was made
     */
    public static UploadHost host(ServletContext context) {
        return FilterHost.of(context);
    }

    @Override
    public void init(FilterConfig config) {
        filterHost.settings(config).ifPresent(this::configure);
        UploadHost host = filterHost.init(config);
        Watchdog watchdog = new Watchdog(host);
        ResourceTokens resources = new ResourceTokens(host.keyRing(), host.clock());
        UploadUrls urls = new UploadUrls(resources, publicUrl);
        serving = new Serving(
                host,
                watchdog,
                resources,
                new RelayTokens(host.keyRing(), host.clock()),
                new Relaying(host),
                host.resumable()
                        .map(uploads -> new TusUploads(host, uploads, urls, inFlight, watchdog, checksumTrailers)));
    }

    private void configure(HostSettings settings) {
        policy = PolicySetting.read(settings, "policy");
        String form = "origins such as https://www.example.org, in lower case, without a path";
        boolean credentials = settings.flag("allow-credentials");
        Set<String> headers = settings.value("allow-headers", UploadFilter::fieldNames, "names of header fields")
                .orElse(Set.of());
        cors = settings.value("allow-origins", text -> new Cors(words(text), credentials, headers), form)
                .orElse(cors);
        finalForm = settings.text("final-form");
        targetOrigin = settings.value("target-origin", Cors::requireOrigin, form);
        publicUrl = settings.value(
                "public-url", UploadFilter::requirePublicUrl, "a URL such as https://app1.example.org/uploads");
        checksumTrailers = settings.flag("checksum-trailers");
        PeerGate.configured(settings).ifPresent(configured -> gate = configured);
    }

    private static String requirePublicUrl(String text) {
        URI url = URI.create(text);
        boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
        if (!web
                || url.getHost() == null
                || url.getRawQuery() != null
                || url.getRawFragment() != null
                || text.endsWith("/")) {
            throw new IllegalArgumentException("a public URL is like https://app1.example.org/uploads");
        }
        return text;
    }

    private static Set<String> fieldNames(String text) {
        Set<String> names = words(text);
        names.forEach(Cors::requireFieldName);
        return names;
    }

    private static Set<String> words(String text) {
        return new HashSet<>(List.of(text.split("[\\s,]+")));
    }

    @Override
    public void destroy() {
        if (serving != null) {
            serving.watchdog().stop();
        }
        filterHost.destroy();
    }

    @Override
    public void doFilter(ServletRequest servletRequest, ServletResponse servletResponse, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest request = (HttpServletRequest) servletRequest;
        HttpServletResponse response = (HttpServletResponse) servletResponse;
        if (Cors.isPreflight(request)) {
            cors.answerPreflight(request, response);
            return;
        }
        cors.apply(request, response);
        UploadAnswer answer = new UploadAnswer(filterHost.get(), request, response, pageTargets(request));
        try {
            if (isInternal(request)) {
                serveRelayed(request, response, answer);
            } else {
                serve(new UploadCall(request, response, answer, Optional.empty()));
            }
        } catch (RefusedException e) {
            new UploadCall(request, response, answer, Optional.empty()).refuse(e);
        }
    }

    private static boolean isInternal(HttpServletRequest request) {
        String path = request.getRequestURI().substring(request.getContextPath().length());
        return path.equals(RelayRequest.PATH);
    }

    /** A peer's requests are served here, and never passed on. */
    private void serveRelayed(HttpServletRequest request, HttpServletResponse response, UploadAnswer answer)
            throws IOException, RefusedException {
        gate.require(request);
        String token = request.getHeader(RelayRequest.FIELD);
        if (token == null) {
            throw new UploadRefusedException(Problem.of(ProblemType.PEER_TOKEN_REFUSED));
        }
        RelayRequest relayed = serving()
                .relays()
                .verify(token, request.getMethod(), serving().host().base());
        UploadCall call = new UploadCall(request, response, answer, Optional.of(relayed));
        if (relayed.resource().isPresent()) {
            serve(call, relayed.resource().get());
        } else if (relayed.purpose() == RelayRequest.Purpose.ASK) {
            serving().host().requireOpen(permit(call));
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        } else {
            create(call);
        }
    }

    private void serve(UploadCall call) throws IOException, RefusedException {
        String last = UploadUrls.lastSegment(call.request());
        if (call.method().equals("OPTIONS")) {
            answerOptions(call);
        } else if (ResourceTokens.isMeant(last)) {
            serve(call, serving().resources().verify(last));
        } else if (call.method().equals("POST") || call.method().equals("PUT")) {
            create(call);
        } else {
            call.response().setHeader("Allow", ALLOW);
            throw new UploadRefusedException(Problem.of(ProblemType.METHOD_NOT_ALLOWED));
        }
    }

    private void answerOptions(UploadCall call) {
        HttpServletResponse response = call.response();
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        response.setHeader("Allow", ALLOW);
        serving().tus().ifPresent(tus -> tus.describe(response, knownPermit(call)));
    }

    private Optional<UploadPermit> knownPermit(UploadCall call) {
        try {
            return Optional.of(permit(call));
        } catch (UploadRefusedException e) {
            return Optional.empty(); // it takes more than OPTIONS to know
        }
    }

    /** About an upload that exists, here or on another host. */
    private void serve(UploadCall call, UploadResource resource) throws IOException, RefusedException {
        TusUploads tus = requireTus(call);
        boolean here = resource.owner().equals(serving().host().base());
        boolean proof = call.relayed()
                .filter(relayed -> relayed.purpose() == RelayRequest.Purpose.PIECE)
                .isPresent();
        if (here && proof) {
            tus.prove(call, resource);
        } else if (here) {
            requireVersion(call);
            tus.serve(call, resource);
        } else if (call.relayed().isEmpty()) {
            requireVersion(call);
            serving().relaying().toOwner(call, resource);
        } else {
            throw new UploadRefusedException(Problem.of(ProblemType.FORBIDDEN));
        }
    }

    private TusUploads requireTus(UploadCall call) throws UploadRefusedException {
        new TusAnswer(call.response()).begin();
        return serving()
                .tus()
                .orElseThrow(() -> new UploadRefusedException(Problem.of(
                        ProblemType.VERSION_NOT_SUPPORTED, "This host's store takes no uploads in several requests.")));
    }

    private static void requireVersion(UploadCall call) throws UploadRefusedException {
        try {
            new TusRequest(call.request()).requireVersion();
        } catch (UploadRefusedException e) {
            new TusAnswer(call.response()).refuseVersion();
            throw e;
        }
    }

    private void create(UploadCall call) throws IOException, UploadRefusedException {
        boolean inSeveral = TusRequest.isMeant(call.request());
        if (inSeveral) {
            requireTus(call);
            requireVersion(call);
        }
        UploadHost host = serving().host();
        UploadPermit permit = TicketGate.admit(host, permit(call), call.request());
        try {
            host.requireOpen(permit);
        } catch (UploadRefusedException e) {
            serving().relaying().toAnyPeer(call, permit, e);
            return;
        }
        if (inSeveral) {
            requireTus(call).create(call, permit);
        } else {
            receive(call, permit);
        }
    }

    private UploadPermit permit(UploadCall call) throws UploadRefusedException {
        Optional<String> permitted = call.relayed().flatMap(RelayRequest::permit);
        return permitted.isPresent()
                ? ResumableUploads.permit(permitted.get())
                : requirePolicy().permit(call.request());
    }

    /** Files that come whole. */
    private void receive(UploadCall call, UploadPermit permit) throws IOException, UploadRefusedException {
        HttpServletRequest request = call.request();
        UploadHost host = serving().host();
        Reception reception = new Reception(host, permit, inFlight.enter(permit, request.getRemoteAddr()));
        try {
            reception.requireRequestSize(request.getContentLengthLong());
            Receiver receiver = Receiver.of(request, reception, bodyParser(request, reception, call.answer()));
            NewUploads uploads = new NewUploads(reception, call.answer());
            if (!request.isAsyncSupported()) {
                receiver.receiveBlocking(uploads);
                return;
            }
            receiver.invite(request);
            AsyncContext context = request.startAsync(request, call.response());
            context.setTimeout(0);
            receiver.receive(
                    context,
                    uploads,
                    new AsyncReception<>(context, receiver, uploads, serving().watchdog()));
        } catch (IOException | UploadRefusedException | RuntimeException | Error e) {
            reception.abandon();
            throw e;
        }
    }

    private Optional<UploadPage.Targets> pageTargets(HttpServletRequest request) {
        String accept = request.getHeader("Accept");
        boolean wanted = accept != null && accept.toLowerCase(Locale.ROOT).contains("text/html");
        return wanted ? Optional.of(new UploadPage.Targets(FILE_FIELD, finalForm, targetOrigin)) : Optional.empty();
    }

    private Serving serving() {
        if (serving == null) {
            throw new IllegalStateException("the filter is not initialized");
        }
        return serving;
    }

    private UploadPolicy requirePolicy() {
        if (policy == null) {
            throw new IllegalStateException("the filter is not initialized");
        }
        return policy;
    }

    /** The body comes as it is, or in chunks. */
    private static void requirePlain(HttpServletRequest request) throws UploadRefusedException {
        List<String> codings = Collections.list(request.getHeaders("Transfer-Encoding"));
        if (codings.size() > 1 || !codings.stream().allMatch("chunked"::equalsIgnoreCase)) { // Undertow takes any
            throw new UploadRefusedException(
                    Problem.of(ProblemType.MALFORMED_REQUEST, "The one Transfer-Encoding is chunked."));
        }
        List<String> encodings = Collections.list(request.getHeaders("Content-Encoding"));
        if (!encodings.stream().allMatch(encoding -> encoding.strip().equalsIgnoreCase("identity"))) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.UNSUPPORTED_CONTENT, "Send the body without a Content-Encoding."));
        }
    }

    private BodyParser bodyParser(HttpServletRequest request, Reception reception, UploadAnswer answer)
            throws UploadRefusedException {
        requirePlain(request);
        MediaType type = MediaType.parse(request.getContentType()).orElse(MediaType.OCTET_STREAM);
        if (type.essence().equals("multipart/form-data") && request.getMethod().equals("POST")) {
            return answer.isPage()
                    ? new CarriedForm(type, reception, filterHost.get().receipts(), answer)
                    : MultipartParser.create(type, new FormParts(reception, part -> false));
        }
        if (type.essence().startsWith("multipart/")) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.UNSUPPORTED_CONTENT, "Of the multipart types only form-data is taken, by POST."));
        }
        String name = Optional.ofNullable(request.getHeader("Content-Disposition"))
                .flatMap(ContentDisposition::parse)
                .flatMap(ContentDisposition::fileName)
                .orElse("");
        return new RawBody(reception, name, request.getContentType(), request.getContentLengthLong());
    }
}
