package io.github.uploadreceipts.internal.settings;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Makes hosts and limits from {@link Settings}. The table of settings says what each one means. */
public final class HostSettings {

    /** The names of a host's settings. */
    public static final Set<String> HOST = Set.of(
            "key-ring",
            "store",
            "fleet",
            "internal-url",
            "former-internal-urls",
            "port",
            "context-path",
            "peers",
            "peer-addresses",
            "peer-ports",
            "hand-over-urls",
            "delivery",
            "durability",
            "file-mode",
            "at-rest",
            "time-to-live",
            "encrypt-receipts",
            "max-bytes-in-memory",
            "development-mode");

    /** The names of limits. */
    public static final Set<String> LIMITS = Set.of(
            "max-file-size",
            "max-request-size",
            "max-files",
            "max-field-bytes",
            "max-uploads-per-subject",
            "max-bytes-per-subject",
            "max-uploads-per-address",
            "max-bytes-per-address",
            "max-unfinished-per-subject",
            "max-unfinished-per-address",
            "max-unfinished",
            "free-space-floor",
            "idle-timeout",
            "min-bytes-per-second",
            "deadline");

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    private HostSettings() {}

    /**
     * Returns the host that settings describe.
     *
     * @throws IllegalStateException if a setting is missing or wrong; the message says which and what to change
     */
    public static UploadHost open(Settings settings) {
        KeyRing ring = keyRing(settings);
        LocalUploadStore store = store(settings);
        try {
            return configure(settings, UploadHost.builder(ring, store)).build();
        } catch (IllegalStateException | IllegalArgumentException e) {
            try {
                store.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            throw e instanceof IllegalStateException ? e : new IllegalStateException(e.getMessage(), e);
        }
    }

    /**
     * Sets on a builder what the settings say, and returns it. Their key ring and their store are not among this.
     *
     * @throws IllegalStateException if a setting is wrong
     * @throws IllegalArgumentException if the builder refuses a value
     */
    public static UploadHost.Builder configure(Settings settings, UploadHost.Builder builder) {
        settings.text("fleet").ifPresent(builder::fleet);
        settings.text("internal-url").ifPresent(builder::internalUrl);
        settings.words("former-internal-urls").ifPresent(builder::formerInternalUrls);
        settings.count("port").ifPresent(builder::port);
        settings.text("context-path").ifPresent(builder::contextPath);
        settings.words("peers").ifPresent(builder::peers);
        settings.value("peer-addresses", text -> builder.peerAddresses(words(text)), "CIDR blocks such as 10.0.0.0/8");
        settings.value("peer-ports", text -> builder.peerPorts(ports(text)), "ports such as 8079, 8443");
        settings.value(
                "hand-over-urls", text -> builder.handOverUrls(words(text)), "URLs such as https://shop.example/");
        delivery(settings, "delivery").ifPresent(builder::delivery);
        settings.duration("time-to-live").ifPresent(builder::timeToLive);
        settings.bytes("max-bytes-in-memory").ifPresent(builder::maxBytesInMemory);
        if (settings.flag("development-mode")) {
            builder.developmentMode();
        }
        return builder.encryptReceipts(settings.flag("encrypt-receipts"));
    }

    private static String[] words(String text) {
        return text.split("[\\s,]+");
    }

    private static int[] ports(String text) {
        return Arrays.stream(words(text)).mapToInt(Integer::parseInt).toArray();
    }

    /**
     * Returns the key ring that the settings name; in development mode a throw-away one, if they name none.
     *
     * @throws IllegalStateException if there is none, or it cannot be used
     */
    public static KeyRing keyRing(Settings settings) {
        Optional<String> file = settings.text("key-ring");
        if (file.isEmpty() && settings.flag("development-mode")) {
            LOG.log(
                    Level.WARNING,
                    "development mode: a throw-away key ring is in use. Receipts are valid until this process ends, and"
                            + " no other host accepts them. Set key-ring for any other use.");
            return KeyRing.generate(settings.text("fleet").orElse("development"));
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

    /**
     * Opens the store that the settings name.
     *
     * @throws IllegalStateException if they name none, or it cannot be used
     */
    public static LocalUploadStore store(Settings settings) {
        Path root = Path.of(settings.text("store")
                .orElseThrow(() -> new IllegalStateException(
                        "no store is configured: set it to a directory on a local disk, which need not exist")));
        LocalUploadStore.Builder builder = LocalUploadStore.builder(root);
        settings.value("durability", t -> Durability.valueOf(t.toUpperCase(Locale.ROOT)), "forced or buffered")
                .ifPresent(builder::durability);
        settings.value("file-mode", builder::fileMode, "a mode such as rw-r-----");
        settings.value("at-rest", HostSettings::isSealed, "plain or sealed")
                .filter(wanted -> wanted)
                .ifPresent(wanted -> builder.sealed());
        try {
            return builder.open();
        } catch (FileSystemException e) {
            throw new IllegalStateException(
                    "store is '" + root + "', but no store can be opened there (" + e
                            + "): set it to a directory on a local disk, in which this process may write",
                    e);
        } catch (IOException e) {
            throw new IllegalStateException("store: " + e.getMessage(), e);
        }
    }

    private static boolean isSealed(String text) {
        return switch (text) {
            case "plain" -> false;
            case "sealed" -> true;
            default -> throw new IllegalArgumentException("uploads are plain or sealed at rest");
        };
    }

    /** Returns how uploads are sent, if the setting {@code name} says so. */
    public static Optional<Delivery> delivery(Settings settings, String name) {
        return settings.value(name, HostSettings::delivery, "direct, x-accel-redirect:/prefix/ or x-sendfile");
    }

    private static Delivery delivery(String text) {
        String accel = "x-accel-redirect:";
        if (text.startsWith(accel)) {
            return Delivery.xAccelRedirect(text.substring(accel.length()));
        }
        return switch (text) {
            case "direct" -> Delivery.direct();
            case "x-sendfile" -> Delivery.xSendfile();
            default -> throw new IllegalArgumentException("there is no such delivery");
        };
    }

    /**
     * Returns the limits among the settings, such as {@code max-file-size}. Limits that are not set have their
     * defaults.
     */
    public static UploadLimits limits(Settings settings) {
        UploadLimits defaults = UploadLimits.defaults();
        UploadLimits.Builder builder = UploadLimits.builder()
                .perSubject(
                        settings.count("max-uploads-per-subject").orElse(defaults.maxUploadsPerSubject()),
                        settings.bytes("max-bytes-per-subject").orElse(defaults.maxBytesPerSubject()))
                .perAddress(
                        settings.count("max-uploads-per-address").orElse(defaults.maxUploadsPerAddress()),
                        settings.bytes("max-bytes-per-address").orElse(defaults.maxBytesPerAddress()))
                .unfinished(
                        settings.count("max-unfinished-per-subject").orElse(defaults.maxUnfinishedPerSubject()),
                        settings.count("max-unfinished-per-address").orElse(defaults.maxUnfinishedPerAddress()),
                        settings.count("max-unfinished").orElse(defaults.maxUnfinished()));
        settings.bytes("max-file-size").ifPresent(builder::maxFileSize);
        settings.bytes("max-request-size").ifPresent(builder::maxRequestSize);
        settings.count("max-files").ifPresent(builder::maxFiles);
        settings.count("max-field-bytes").ifPresent(builder::maxFieldBytes);
        settings.bytes("free-space-floor").ifPresent(builder::freeSpaceFloor);
        settings.duration("idle-timeout").ifPresent(builder::idleTimeout);
        settings.bytes("min-bytes-per-second").ifPresent(builder::minBytesPerSecond);
        settings.duration("deadline").ifPresent(builder::deadline);
        try {
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }
}
