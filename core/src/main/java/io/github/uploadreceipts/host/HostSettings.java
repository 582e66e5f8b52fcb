package io.github.uploadreceipts.host;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A host described by named texts: filter init-params, system properties, environment variables.
 *
 * <table>
 * <caption>Settings</caption>
 * <tr><th>name</th><th>value</th></tr>
 * <tr><td>{@code key-ring}</td><td>the key ring's file; required unless in development mode</td></tr>
 * <tr><td>{@code store}</td><td>the store's directory; required</td></tr>
 * <tr><td>{@code fleet}</td><td>the fleet's name, to check the key ring by</td></tr>
 * <tr><td>{@code location}</td><td>{@code http://host:port/context}; see {@link UploadHost.Builder#location}</td></tr>
 * <tr><td>{@code port}, {@code context-path}</td><td>of the default location</td></tr>
 * <tr><td>{@code peers}</td><td>the locations of the fleet's hosts; see {@link UploadHost.Builder#peers}</td></tr>
 * <tr><td>{@code delivery}</td><td>{@code direct}, {@code x-accel-redirect:/prefix/} or {@code x-sendfile}</td></tr>
 * <tr><td>{@code durability}</td><td>{@code forced} or {@code buffered}</td></tr>
 * <tr><td>{@code file-mode}</td><td>such as {@code rw-r-----}</td></tr>
 * <tr><td>{@code time-to-live}</td><td>ISO 8601, such as {@code PT24H}</td></tr>
 * <tr><td>{@code encrypt-receipts}</td><td>{@code true} or {@code false}</td></tr>
 * <tr><td>{@code development-mode}</td><td>{@code true} permits a loopback location and, without a key ring, makes a
 *     throw-away one</td></tr>
 * </table>
 */
public final class HostSettings {

    private static final Logger LOG = System.getLogger(UploadHost.class.getName());

    private final Function<String, @Nullable String> settings;

    /** Reads settings from {@code settings}, which gives null for those that are not set. */
    public HostSettings(Function<String, @Nullable String> settings) {
        this.settings = settings;
    }

    UploadHost open() {
        boolean development = flag("development-mode");
        KeyRing ring = keyRing(development);
        LocalUploadStore store = store();
        try {
            return configure(UploadHost.builder(ring, store), development).build();
        } catch (IllegalStateException | IllegalArgumentException e) {
            try {
                store.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            throw e instanceof IllegalStateException ? e : new IllegalStateException(e.getMessage(), e);
        }
    }

    private UploadHost.Builder configure(UploadHost.Builder builder, boolean development) {
        text("fleet").ifPresent(builder::fleet);
        text("location").ifPresent(builder::location);
        value("port", Integer::parseInt, "a number").ifPresent(builder::port);
        text("context-path").ifPresent(builder::contextPath);
        text("peers").map(list -> list.split("[\\s,]+")).ifPresent(builder::peers);
        value("delivery", HostSettings::delivery, "direct, x-accel-redirect:/prefix/ or x-sendfile")
                .ifPresent(builder::delivery);
        value("time-to-live", Duration::parse, "a duration such as PT24H").ifPresent(builder::timeToLive);
        if (development) {
            builder.developmentMode();
        }
        return builder.encryptReceipts(flag("encrypt-receipts"));
    }

    private KeyRing keyRing(boolean development) {
        Optional<String> file = text("key-ring");
        if (file.isEmpty() && development) {
            LOG.log(
                    Level.WARNING,
                    "development mode: a throw-away key ring; receipts end with this process, and no other"
                            + " host accepts them. Set key-ring for anything else.");
            return KeyRing.generate(text("fleet").orElse("development"));
        }
        try {
            return KeyRing.watch(
                    Path.of(file.orElseThrow(() -> new IllegalStateException("no key-ring is configured: set"
                            + " it to the fleet's key ring file (java -jar upload-receipts-core.jar create FILE --fleet"
                            + " NAME), or set development-mode to true to try without"))));
        } catch (IOException e) {
            throw new IllegalStateException("key-ring: " + e.getMessage(), e);
        }
    }

    private LocalUploadStore store() {
        Path root = Path.of(text("store")
                .orElseThrow(() -> new IllegalStateException(
                        "no store is configured: set it to a directory on a local" + " disk, which need not exist")));
        LocalUploadStore.Builder builder = LocalUploadStore.builder(root);
        value("durability", t -> Durability.valueOf(t.toUpperCase(Locale.ROOT)), "forced or buffered")
                .ifPresent(builder::durability);
        value("file-mode", builder::fileMode, "a mode such as rw-r-----");
        try {
            return builder.open();
        } catch (IOException e) {
            throw new IllegalStateException("store: " + e.getMessage(), e);
        }
    }

    private static Delivery delivery(String text) {
        String accel = "x-accel-redirect:";
        if (text.startsWith(accel)) {
            return Delivery.xAccelRedirect(text.substring(accel.length()));
        }
        return switch (text) {
            case "direct" -> Delivery.direct();
            case "x-sendfile" -> Delivery.xSendfile();
            default -> throw new IllegalArgumentException("unknown");
        };
    }

    /**
     * Returns whether a setting is true; false if it is not set.
     *
     * @throws IllegalStateException if it is neither {@code true} nor {@code false}
     */
    public boolean flag(String name) {
        return value(name, HostSettings::parseFlag, "true or false").orElse(false);
    }

    private static boolean parseFlag(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException("unknown");
        }
        return text.equals("true");
    }

    /** Returns a setting's text, or empty if it is not set or blank. */
    public Optional<String> text(String name) {
        return Optional.ofNullable(settings.apply(name)).map(String::strip).filter(text -> !text.isEmpty());
    }

    /**
     * Returns a setting's value, or empty if it is not set.
     *
     * @param expected what the value should be, for the error
     * @throws IllegalStateException if {@code parser} refuses the text
     */
    public <T> Optional<T> value(String name, Function<String, T> parser, String expected) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(parser.apply(text.get()));
        } catch (IllegalArgumentException | DateTimeParseException e) {
            throw new IllegalStateException(name + " is '" + text.get() + "', but must be " + expected, e);
        }
    }

    /** Returns the limits among the settings, such as {@code max-file-size}; those not set keep their defaults. */
    public UploadLimits limits() {
        UploadLimits defaults = UploadLimits.defaults();
        UploadLimits.Builder builder = UploadLimits.builder()
                .perSubject(
                        value("max-uploads-per-subject", Integer::parseInt, "a number")
                                .orElse(defaults.maxUploadsPerSubject()),
                        value("max-bytes-per-subject", Long::parseLong, "bytes").orElse(defaults.maxBytesPerSubject()))
                .perAddress(
                        value("max-uploads-per-address", Integer::parseInt, "a number")
                                .orElse(defaults.maxUploadsPerAddress()),
                        value("max-bytes-per-address", Long::parseLong, "bytes").orElse(defaults.maxBytesPerAddress()));
        value("max-file-size", Long::parseLong, "bytes").ifPresent(builder::maxFileSize);
        value("max-request-size", Long::parseLong, "bytes").ifPresent(builder::maxRequestSize);
        value("max-files", Integer::parseInt, "a number").ifPresent(builder::maxFiles);
        value("max-field-bytes", Integer::parseInt, "bytes").ifPresent(builder::maxFieldBytes);
        value("free-space-floor", Long::parseLong, "bytes").ifPresent(builder::freeSpaceFloor);
        value("idle-timeout", Duration::parse, "a duration such as PT20S").ifPresent(builder::idleTimeout);
        value("min-bytes-per-second", Long::parseLong, "bytes").ifPresent(builder::minBytesPerSecond);
        value("deadline", Duration::parse, "a duration such as PT24H").ifPresent(builder::deadline);
        try {
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }
}
