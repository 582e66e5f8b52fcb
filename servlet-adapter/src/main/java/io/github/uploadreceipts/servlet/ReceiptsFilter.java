package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.peer.TraceContext;
import io.github.uploadreceipts.internal.settings.Settings;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.Refusal;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.finish.FinalBody;
import io.github.uploadreceipts.servlet.internal.finish.FinalSettings;
import io.github.uploadreceipts.servlet.internal.finish.ReplayedRequest;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.response.Responses;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Verifies the receipts of the final request, and hands the application the receipts and everything else in the
 * request.
 *
 * <pre>{@code
 * context.addFilter("receipts", ReceiptsFilter.create(host))
 *         .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/orders");
 *
 * // in the servlet or controller behind it
 * List<UploadReceipt> photos = ReceiptsFilter.receipts(request);
 * }</pre>
 *
 * <p>The receipts are in the repeated form field {@code receipt} (urlencoded or {@code multipart/form-data}), or in a
 * JSON body: one JSON Pointer (RFC 6901) leads to an array, another one from each element to its receipt. Files that
 * are still in the form are stored like any upload, if a policy permits it, and take their place in the order.
 *
 * <p>The filter receives the body, up to a maximum size, and ends a client that pauses, is too slow or exceeds the
 * deadline. A body that has not come with its request is awaited by one of a few threads, or by none with
 * {@link Builder#asyncDispatch}. The application can then read stream, reader, parameters and parts as if they had not
 * been read.
 *
 * <p>If any receipt is refused, the request does not reach the application. The response is then 422, with the index of
 * each receipt at fault. If the application throws a {@link Refusal}, by itself or as a cause, such as the
 * {@code FetchException} of an upload that is gone, the response is its problem. Where the application continues a
 * request by asynchronous dispatches, map the filter to those too.
 */
public final class ReceiptsFilter implements Filter {

    private static final Logger LOG = System.getLogger(Loggers.RECEIPTS);
    private static final String ATTRIBUTE = ReceiptsFilter.class.getName();
    private static final int MAX_CAUSES = 20;
    private static final Set<String> METHODS = Set.of("POST", "PUT", "PATCH");

    private final FilterHost filterHost;
    private final InFlight inFlight = new InFlight();
    private final UnaryOperator<ReceiptVerifier> verification;
    private final Function<HttpServletRequest, @Nullable String> subject;
    private FinalSettings settings;
    private @Nullable Watchdog watchdog;

    private ReceiptsFilter(Builder builder) {
        this.filterHost = FilterHost.of(builder.host);
        this.verification = builder.verification;
        this.subject = builder.subject;
        this.settings = new FinalSettings(
                builder.field,
                builder.arrayPointer,
                builder.receiptPointer,
                builder.maxBodySize,
                builder.deadline,
                builder.asyncDispatch,
                Optional.ofNullable(builder.files),
                builder.rawFiles);
    }

    /** Creates a filter for a container, which configures it by init-params. */
    public ReceiptsFilter() {
        this.filterHost = FilterHost.configured();
        this.verification = verifier -> verifier;
        this.subject = HttpServletRequest::getRemoteUser;
        this.settings = FinalSettings.DEFAULTS;
    }

    /** Returns a filter for receipts in the form field {@code receipt}, or in the JSON array {@code /receipts}. */
    public static ReceiptsFilter create(UploadHost host) {
        return builder(host).build();
    }

    /**
     * Returns a filter that is configured by text, for adapters to other frameworks.
     *
     * @param settings the values, by the names in the table of settings, such as {@code receipt-field}
     * @throws IllegalStateException if a setting is wrong or unknown; the message says which one, and what to change
     */
    public static ReceiptsFilter create(UploadHost host, Map<String, String> settings) {
        ReceiptsFilter filter = create(host);
        filter.settings = read(SettingNames.check(settings), filter.settings);
        return filter;
    }

    /** Returns a builder for a filter of {@code host}. */
    public static Builder builder(UploadHost host) {
        return new Builder(host);
    }

    /** The settings of a {@link ReceiptsFilter}. */
    public static final class Builder {

        private final UploadHost host;
        private String field = FinalSettings.DEFAULTS.field();
        private String arrayPointer = FinalSettings.DEFAULTS.arrayPointer();
        private String receiptPointer = FinalSettings.DEFAULTS.receiptPointer();
        private int maxBodySize = FinalSettings.DEFAULTS.maxBodySize();
        private Duration deadline = FinalSettings.DEFAULTS.deadline();
        private boolean asyncDispatch;
        private @Nullable UploadPolicy files;
        private boolean rawFiles;
        private UnaryOperator<ReceiptVerifier> verification = verifier -> verifier;
        private Function<HttpServletRequest, @Nullable String> subject = HttpServletRequest::getRemoteUser;

        private Builder(UploadHost host) {
            this.host = host;
        }

        /** Sets the name of the form field; {@code receipt} by default. */
        public Builder field(String name) {
            field = name;
            return this;
        }

        /**
         * Sets where the receipts are in a JSON body.
         *
         * @param array the JSON Pointer to the array; {@code /receipts} by default
         * @param receipt the JSON Pointer from an element to its receipt; empty by default: the element is the receipt
         */
        public Builder json(String array, String receipt) {
            arrayPointer = array;
            receiptPointer = receipt;
            return this;
        }

        /** Accepts files that are still in the form, as {@code policy} permits. By default they are refused. */
        public Builder files(UploadPolicy policy) {
            files = policy;
            return this;
        }

        /** Accepts a PUT of neither a form nor JSON as one file, as {@code curl -T} sends it, if {@link #files} permits. */
        public Builder rawFiles() {
            rawFiles = true;
            return this;
        }

        /**
         * Sets how the user of a request is found; {@code getRemoteUser()} by default. The function returns null where
         * nobody is signed in.
         */
        public Builder subject(Function<HttpServletRequest, @Nullable String> value) {
            subject = value;
            return this;
        }

        /** Sets further conditions for a set of receipts, such as {@code ReceiptVerifier::inSequence}. */
        public Builder verification(UnaryOperator<ReceiptVerifier> value) {
            verification = value;
            return this;
        }

        /** Sets how many bytes a body may have, without its files; 4 MiB by default. They are held in memory. */
        public Builder maxBodySize(int bytes) {
            maxBodySize = bytes;
            return this;
        }

        /** Sets how long reading a body without files may take; 30 s by default. */
        public Builder deadline(Duration value) {
            deadline = value;
            return this;
        }

        /**
         * Lets a body that has not come with its request arrive without a thread. After that, the container dispatches the
         * request once more, as {@link DispatcherType#ASYNC}; only then the application is called.
         *
         * <p>So this filter and every filter behind it <b>must be mapped to ASYNC dispatches too</b>: one that is not is
         * passed by. Behind this filter they see {@code REQUEST}. The filters before it run twice, if they are mapped to
         * both, and must be if the application needs what they do for its thread. The filters and the servlet must support
         * asynchronous requests; where they do not, a thread waits, as without this setting.
         */
        public Builder asyncDispatch() {
            asyncDispatch = true;
            return this;
        }

        /**
         * Returns the filter.
         *
         * @throws IllegalArgumentException if a pointer is not a JSON Pointer, a number is not positive, or there are raw
         *     files without a policy
         */
        public ReceiptsFilter build() {
            return new ReceiptsFilter(this);
        }
    }

    /**
     * Returns the verified receipts of a request, in the client's order, or in the batch's if the verifier says so.
     *
     * @throws IllegalStateException if the request did not pass through this filter
     */
    @SuppressWarnings("unchecked") // only this class sets the attribute
    public static List<UploadReceipt> receipts(ServletRequest request) {
        Object receipts = request.getAttribute(ATTRIBUTE);
        if (receipts == null) {
            throw new IllegalStateException("no ReceiptsFilter is mapped to this request; map one to its path");
        }
        return (List<UploadReceipt>) receipts;
    }

    @Override
    public void init(FilterConfig config) {
        filterHost.settings(config).ifPresent(configured -> settings = read(configured, settings));
        var unused = filterHost.init(config);
        watchdog = new Watchdog(filterHost.engine());
    }

    static FinalSettings read(Settings text, FinalSettings defaults) {
        try {
            return new FinalSettings(
                    text.text("receipt-field").orElse(defaults.field()),
                    text.text("json-array").orElse(defaults.arrayPointer()),
                    text.text("json-receipt").orElse(defaults.receiptPointer()),
                    text.value("max-body-size", Integer::parseInt, "a number of bytes")
                            .orElse(defaults.maxBodySize()),
                    text.duration("body-deadline").orElse(defaults.deadline()),
                    text.flag("async-dispatch"),
                    text.text("files-policy").map(name -> PolicySetting.read(text, "files-policy")),
                    text.flag("raw-files"));
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    "one of json-array, json-receipt, max-body-size, body-deadline and raw-files is wrong: "
                            + e.getMessage(),
                    e);
        }
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
        if (request.getDispatcherType() == DispatcherType.ASYNC) {
            goOn(request, response, chain);
            return;
        }
        if (!METHODS.contains(request.getMethod())) {
            request.setAttribute(ATTRIBUTE, List.of());
            chain.doFilter(request, response);
            return;
        }
        try {
            FinalBody body = FinalBody.open(request, filterHost.engine(), settings, inFlight);
            if (receive(body, request, response)) {
                pass(request, response, chain, body);
            }
        } catch (RefusedException e) {
            tell(e);
            Responses.refuseUnread(request, response, filterHost.refusedBodies(), e.problem());
        } catch (FinalBody.BrokenOff e) {
            Responses.refuseUnread(
                    request, response, filterHost.refusedBodies(), Problem.of(ProblemType.INCOMPLETE_BODY));
        }
    }

    /** Goes on with a request that was dispatched asynchronously: by this filter, or later by the application. */
    private void goOn(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Optional<FinalBody> received = FinalBody.take(request);
        if (received.isPresent()) {
            pass(request, response, chain, received.get());
        } else {
            doChain(request, response, chain); // the receipts were verified by an earlier dispatch
        }
    }

    /**
     * Receives a body, and returns whether that is done. If not, the request is asynchronous, and will be dispatched
     * again.
     */
    private boolean receive(FinalBody body, HttpServletRequest request, HttpServletResponse response)
            throws IOException, RefusedException {
        Watchdog dog = FilterHost.initialized(watchdog);
        try {
            if (body.receiveEarly(dog)) {
                return true;
            }
            if (settings.asyncDispatch() && request.isAsyncSupported()) {
                body.receiveAsync(response, filterHost.refusedBodies(), dog, new Ending(request, response));
                return false;
            }
            body.receiveWaiting(dog);
            return true;
        } catch (IOException | RefusedException | RuntimeException e) {
            body.close();
            throw e;
        }
    }

    private void pass(HttpServletRequest request, HttpServletResponse response, FilterChain chain, FinalBody body)
            throws IOException, ServletException {
        try (body) {
            ReplayedRequest replayed;
            try {
                request.setAttribute(ATTRIBUTE, verifier(request).verifyAll(body.tokens()));
                replayed = body.replay(request);
            } catch (RefusedException e) {
                tell(e);
                Responses.write(request, response, e.problem());
                return;
            }
            pass(replayed, response, chain);
            if (request.isAsyncStarted()) {
                body.keepFilesIfItSucceeds(request, response);
            } else if (response.getStatus() < HttpServletResponse.SC_BAD_REQUEST) {
                body.keepFiles();
            }
        }
    }

    private void pass(ReplayedRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        request.begins(true);
        try {
            doChain(request, response, chain);
        } finally {
            request.begins(false);
            if (!request.isAsyncStarted()) {
                request.close();
            }
        }
    }

    /** Responds to a client whose body was awaited without a thread. */
    private final class Ending implements FinalBody.Ending {

        private final HttpServletRequest request;
        private final HttpServletResponse response;

        Ending(HttpServletRequest request, HttpServletResponse response) {
            this.request = request;
            this.response = response;
        }

        @Override
        public void refuse(RefusedException refusal) {
            tell(refusal);
            Responses.end(request, response, refusal.problem());
        }

        @Override
        public void breakOff() {
            Responses.end(request, response, Problem.of(ProblemType.INCOMPLETE_BODY));
        }
    }

    /** Passes the request on, and responds with the problem of a refusal that comes back. */
    private void doChain(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        TraceContext.enter(TraceContext.of(Collections.list(request.getHeaders(TraceContext.FIELD))));
        try {
            chain.doFilter(request, response);
        } catch (IOException | ServletException | RuntimeException e) {
            Optional<Refusal> refusal = causeOf(e, Refusal.class);
            if (refusal.isEmpty() || request.isAsyncStarted() || response.isCommitted()) {
                throw e;
            }
            tell(refusal.get());
            refuse(response, refusal.get());
        } finally {
            TraceContext.leave();
        }
    }

    /** Returns the first of an exception's causes, itself included, that is of a type. */
    static <T> Optional<T> causeOf(Throwable failure, Class<T> type) {
        @Nullable Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            if (type.isInstance(cause)) {
                return Optional.of(type.cast(cause));
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }

    /**
     * Responds with the problem of a refusal, in place of what may have been written already. An application calls this
     * where it cannot throw the refusal, such as on a thread of its own.
     *
     * @param response the response, which must not be committed
     */
    public static void refuse(ServletResponse response, Refusal refusal) throws IOException {
        Responses.replace((HttpServletResponse) response, refusal.problem());
    }

    private void tell(Refusal refusal) {
        Level level =
                refusal.problem().status() < HttpServletResponse.SC_INTERNAL_SERVER_ERROR ? Level.INFO : Level.WARNING;
        Object cause = refusal instanceof Throwable failure ? String.valueOf(failure.getMessage()) : refusal;
        LOG.log(level, "a final request is refused: {0}", cause);
        filterHost.tellRefused(refusal);
    }

    private ReceiptVerifier verifier(HttpServletRequest request) {
        ReceiptVerifier verifier = verification.apply(filterHost.get().receipts());
        String user = subject.apply(request);
        return user == null || user.isEmpty() ? verifier : verifier.subject(user);
    }
}
