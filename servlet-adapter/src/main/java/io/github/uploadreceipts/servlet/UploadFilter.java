package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.host.HostSettings;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.host.UploadPermit;
import io.github.uploadreceipts.http.ContentDisposition;
import io.github.uploadreceipts.http.MediaType;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.IssuedReceipt;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Receives uploads: {@code POST multipart/form-data} with any number of files, or {@code POST} or {@code PUT} of any other
 * type with one file, whose name is in {@code Content-Disposition}. Answers 201 with receipts.
 *
 * <pre>{@code
 * FilterRegistration.Dynamic uploads =
 *         context.addFilter("uploads", UploadFilter.create(host, UploadPolicy.signedIn(UploadLimits.defaults())));
 * uploads.setAsyncSupported(true);
 * uploads.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/uploads", "/uploads/*");
 * }</pre>
 *
 * <p>It belongs first in the chain: a filter that asks for a parameter before makes the container read the body. Where
 * everything before it supports asynchronous requests, an upload that waits for its client occupies no thread. The filter
 * answers every request mapped to it and calls nothing behind it.
 *
 * <p>In a {@code web.xml} it is configured by init-params: {@code policy} ({@code signed-in}, {@code anyone}, {@code ticket} or the name of
 * an {@link UploadPolicy} class), the limits, {@code allow-origins}, {@code allow-credentials}, {@code allow-headers}, {@code final-form},
 * {@code target-origin}, and the settings of {@link io.github.uploadreceipts.host.HostSettings}.
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
    private @Nullable Watchdog watchdog;

    private UploadFilter(Builder builder) {
        this.filterHost = FilterHost.of(builder.host);
        this.policy = builder.policy;
        this.cors = new Cors(builder.origins, builder.credentials, builder.headers);
        this.finalForm = builder.finalForm;
        this.targetOrigin = builder.targetOrigin;
    }

    /** For containers, which configure it by init-params. */
    public UploadFilter() {
        this.filterHost = FilterHost.configured();
        this.cors = Cors.NONE;
        this.finalForm = Optional.empty();
        this.targetOrigin = Optional.empty();
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
        watchdog = new Watchdog(filterHost.init(config));
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
        if (watchdog != null) {
            watchdog.stop();
        }
        filterHost.destroy();
    }

    @Override
    public void doFilter(ServletRequest servletRequest, ServletResponse servletResponse, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest request = (HttpServletRequest) servletRequest;
        HttpServletResponse response = (HttpServletResponse) servletResponse;
        switch (request.getMethod()) {
            case "POST", "PUT" -> receive(request, response);
            case "OPTIONS" -> answerOptions(request, response);
            default -> {
                cors.apply(request, response);
                response.setHeader("Allow", ALLOW);
                Answers.refuseUnread(request, response, Problem.of(ProblemType.METHOD_NOT_ALLOWED));
            }
        }
    }

    private void answerOptions(HttpServletRequest request, HttpServletResponse response) {
        if (Cors.isPreflight(request)) {
            cors.answerPreflight(request, response);
        } else {
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
            response.setHeader("Allow", ALLOW);
        }
    }

    /** Everything that decides about an upload before its first byte. */
    private void receive(HttpServletRequest request, HttpServletResponse response) throws IOException {
        cors.apply(request, response);
        UploadHost host = filterHost.get();
        UploadAnswer answer = new UploadAnswer(host, request, response, pageTargets(request));
        Reception reception = null;
        try {
            UploadPermit permit = TicketGate.admit(host, requirePolicy().permit(request), request);
            reception = new Reception(host, permit, inFlight.enter(permit, request.getRemoteAddr()));
            reception.requireRequestSize(request.getContentLengthLong());
            BodyParser parser = bodyParser(request, reception, answer);
            receive(request, response, Receiver.of(request, reception, parser), answer);
        } catch (UploadRefusedException e) {
            if (reception != null) {
                reception.abandon();
            }
            answer.refuseUnread(e);
        } catch (IOException | RuntimeException | Error e) {
            if (reception != null) {
                reception.abandon();
            }
            throw e;
        }
    }

    private Optional<UploadPage.Targets> pageTargets(HttpServletRequest request) {
        String accept = request.getHeader("Accept");
        boolean wanted = accept != null && accept.toLowerCase(Locale.ROOT).contains("text/html");
        return wanted ? Optional.of(new UploadPage.Targets(FILE_FIELD, finalForm, targetOrigin)) : Optional.empty();
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

    private void receive(
            HttpServletRequest request, HttpServletResponse response, Receiver receiver, UploadAnswer answer)
            throws IOException {
        if (watchdog == null || !request.isAsyncSupported()) {
            receiveBlocking(receiver, answer);
            return;
        }
        ServletInputStream input = request.getInputStream();
        sendContinue(request, input);
        AsyncContext context = request.startAsync(request, response);
        context.setTimeout(0);
        AsyncReception reception = new AsyncReception(context, receiver, answer, watchdog);
        try {
            reception.begin(input);
        } catch (IllegalStateException e) { // a wrapper in front of us cannot do it
            receiveBlocking(receiver, answer);
            context.complete();
        }
    }

    /** Some containers send 100 (Continue) at the first read only, which a listener alone never causes. */
    private static void sendContinue(HttpServletRequest request, ServletInputStream input) throws IOException {
        String expect = request.getHeader("Expect");
        if (expect != null && expect.toLowerCase(Locale.ROOT).contains("100-continue")) {
            int none = input.read(new byte[0]);
            assert none <= 0;
        }
    }

    private void receiveBlocking(Receiver receiver, UploadAnswer answer) {
        Reception reception = receiver.reception();
        try {
            List<IssuedReceipt> receipts;
            try {
                receiver.receiveAll();
                receipts = reception.publish().join();
            } finally {
                reception.abandon(); // before the client is told and comes again
            }
            answer.send(reception, receipts);
        } catch (RefusedException e) {
            answer.refuse(e);
        } catch (CompletionException e) {
            answer.refuse(UploadAnswer.refusalOf(e));
        } catch (IOException e) {
            answer.breakOff();
        }
    }
}
