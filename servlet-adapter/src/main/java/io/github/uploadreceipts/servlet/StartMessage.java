package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.store.Location;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What an application has made of this library, for the log of its start: one line, and what is missing. */
final class StartMessage {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);
    private static final String ATTRIBUTE = StartMessage.class.getName();
    private static final String PACKAGE = StartMessage.class.getPackageName() + ".";
    private static final String UPLOADS = "UploadFilter";
    private static final String DELIVERY = "DeliveryFilter";
    private static final List<String> FILTERS = List.of(UPLOADS, DELIVERY, "ReceiptsFilter", "UploadGuard");

    private final Collection<? extends FilterRegistration> registrations;

    private StartMessage(Collection<? extends FilterRegistration> registrations) {
        this.registrations = registrations;
    }

    /** Logs it, when the first filter of an application starts. All others are registered by then. */
    static void log(ServletContext context, Engine engine) {
        Collection<? extends FilterRegistration> registrations =
                context.getFilterRegistrations().values();
        if (registrations.isEmpty() || context.getAttribute(ATTRIBUTE) != null) {
            return; // without any, a test runs the filter
        }
        context.setAttribute(ATTRIBUTE, true);
        StartMessage message = new StartMessage(registrations);
        LOG.log(
                Level.INFO,
                "a host of the fleet " + engine.keyRing().fleet() + " starts at " + engine.internalUrl() + ": store "
                        + engine.store() + ", delivery " + engine.delivery() + message.mappings());
        message.warn(context.getContextPath(), engine.internalUrl());
    }

    /**
     * Warns, once, of requests that hold a thread because they cannot be asynchronous.
     *
     * @param what what a request brings
     * @param filter which filter gets it
     */
    static void warnIfBlocking(ServletRequest request, AtomicBoolean told, String what, String filter) {
        if (!request.isAsyncSupported() && !told.getAndSet(true)) {
            LOG.log(
                    Level.WARNING,
                    "each " + what + " holds a thread of the container, because its request cannot be asynchronous: set"
                            + " async-supported on " + filter + ", on the filters before it, and on the servlet");
        }
    }

    private String mappings() {
        return isKnown() ? FILTERS.stream().map(this::mapping).collect(Collectors.joining()) : "";
    }

    /** Returns whether the classes of all filters are known. Not every container has those of an embedding program. */
    private boolean isKnown() {
        return registrations.stream().allMatch(registration -> registration.getClassName() != null);
    }

    private String mapping(String filter) {
        String patterns = patterns(filter).collect(Collectors.joining(" "));
        return ", " + filter + (patterns.isEmpty() ? " not mapped" : " on " + patterns);
    }

    /** Warns of what only peers would notice. */
    private void warn(String contextPath, URI internalUrl) {
        if (!isKnown() || patterns(UPLOADS).findAny().isEmpty()) {
            return; // or this application only processes, and another one of this host takes uploads
        }
        if (!internalUrl.getRawPath().equals(contextPath)) {
            LOG.log(
                    Level.WARNING,
                    "the internal URL " + internalUrl + " does not end in this application's context path, '"
                            + contextPath + "': set internal-url to one that does, unless a front server renames it");
        }
        if (patterns(DELIVERY).noneMatch(pattern -> covers(pattern, Location.PATH + "a"))) {
            LOG.log(
                    Level.WARNING,
                    "peers cannot fetch uploads from this host, unless another application does this: map"
                            + " DeliveryFilter to " + Location.PATH + "*");
        }
        if (patterns(UPLOADS).noneMatch(pattern -> covers(pattern, RelayRequest.PATH))) {
            LOG.log(
                    Level.WARNING,
                    "peers cannot relay requests about resumable uploads to this host: map UploadFilter to "
                            + RelayRequest.PATH + " as well");
        }
    }

    private Stream<String> patterns(String filter) {
        return registrations.stream()
                .filter(registration -> registration.getClassName().equals(PACKAGE + filter))
                .flatMap(registration -> Stream.concat(
                        registration.getUrlPatternMappings().stream(),
                        registration.getServletNameMappings().stream().map(servlet -> "servlet " + servlet)))
                .distinct();
    }

    private static boolean covers(String pattern, String path) {
        return pattern.equals(path)
                || pattern.startsWith("servlet ") // whose paths are not looked at
                || (pattern.endsWith("/*") && path.startsWith(pattern.substring(0, pattern.length() - 1)));
    }
}
