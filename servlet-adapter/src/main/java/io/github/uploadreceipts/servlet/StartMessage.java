package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.store.Location;
import jakarta.servlet.Filter;
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
    private static final List<Class<? extends Filter>> FILTERS =
            List.of(UploadFilter.class, DeliveryFilter.class, ReceiptsFilter.class, UploadGuard.class);

    private final Collection<? extends FilterRegistration> registrations;

    private StartMessage(ServletContext context) {
        this.registrations = context.getFilterRegistrations().values();
    }

    /** Logs it, when the first filter of an application starts. All others are registered by then. */
    static void log(ServletContext context, Engine engine) {
        if (context.getAttribute(ATTRIBUTE) != null) {
            return;
        }
        context.setAttribute(ATTRIBUTE, true);
        StartMessage message = new StartMessage(context);
        LOG.log(
                Level.INFO,
                "a host of the fleet " + engine.keyRing().fleet() + " starts at " + engine.internalUrl() + ": store "
                        + engine.store() + ", delivery " + engine.delivery() + message.mappings());
        message.warn(context.getContextPath(), engine.internalUrl());
    }

    /** Warns, once, of requests that hold a thread because they cannot be asynchronous. */
    static void warnIfBlocking(ServletRequest request, Class<? extends Filter> filter, AtomicBoolean told) {
        if (!request.isAsyncSupported() && !told.getAndSet(true)) {
            LOG.log(
                    Level.WARNING,
                    "each upload to " + filter.getSimpleName()
                            + " holds a thread of the container, because its requests"
                            + " cannot be asynchronous: set async-supported on this filter, on the filters before it,"
                            + " and on the servlet");
        }
    }

    private String mappings() {
        if (registrations.stream().anyMatch(registration -> registration.getClassName() == null)) {
            return ""; // Tomcat does not know the class of every filter that an embedding program adds
        }
        return FILTERS.stream().map(this::mapping).collect(Collectors.joining());
    }

    private String mapping(Class<? extends Filter> filter) {
        String patterns = patterns(filter).collect(Collectors.joining(" "));
        return ", " + filter.getSimpleName() + (patterns.isEmpty() ? " not mapped" : " on " + patterns);
    }

    /** Warns of what only peers would notice. */
    private void warn(String contextPath, URI internalUrl) {
        if (patterns(UploadFilter.class).findAny().isEmpty()) {
            return; // this application only processes, or another one of this host takes uploads
        }
        if (!internalUrl.getRawPath().equals(contextPath)) {
            LOG.log(
                    Level.WARNING,
                    "the internal URL " + internalUrl + " does not end in this application's context path, '"
                            + contextPath + "': set internal-url to one that does, unless a front server renames it");
        }
        if (patterns(DeliveryFilter.class).noneMatch(pattern -> covers(pattern, Location.PATH + "a"))) {
            LOG.log(
                    Level.WARNING,
                    "peers cannot fetch uploads from this host, unless another application does this: map"
                            + " DeliveryFilter to " + Location.PATH + "*");
        }
        if (patterns(UploadFilter.class).noneMatch(pattern -> covers(pattern, RelayRequest.PATH))) {
            LOG.log(
                    Level.WARNING,
                    "peers cannot relay requests about resumable uploads to this host: map UploadFilter to "
                            + RelayRequest.PATH + " as well");
        }
    }

    private Stream<String> patterns(Class<? extends Filter> filter) {
        return registrations.stream()
                .filter(registration -> filter.getName().equals(registration.getClassName()))
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
