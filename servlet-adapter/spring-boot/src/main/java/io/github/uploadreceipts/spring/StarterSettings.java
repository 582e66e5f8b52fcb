package io.github.uploadreceipts.spring;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.settings.HostSettings;
import io.github.uploadreceipts.internal.settings.Settings;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.boot.system.ApplicationTemp;
import org.springframework.core.env.Environment;

/**
 * The properties as settings of the library, which knows their forms, bounds and defaults. What it refuses becomes a
 * {@link StartFailure} that names the property.
 */
final class StarterSettings {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final Set<String> HOST = Stream.concat(HostSettings.HOST.stream(), HostSettings.LIMITS.stream())
            .collect(Collectors.toUnmodifiableSet());

    /** The field in which Spring Security looks for the token against cross-site request forgery. */
    private static final String CSRF_FIELD = "_csrf";

    private final Map<String, String> values;
    private final Map<String, String> names = PropertyTable.names();

    /** Adds to the properties what Spring Boot knows about this host, and what development mode makes up. */
    StarterSettings(UploadReceiptsProperties properties, Environment environment) {
        values = new HashMap<>(PropertyTable.values(properties));
        values.put("context-path", environment.getProperty("server.servlet.context-path", ""));
        values.putIfAbsent("carried-fields", CSRF_FIELD);
        boolean development = Boolean.TRUE.equals(properties.developmentMode());
        int port = environment.getProperty("server.port", Integer.class, 8080);
        if (port > 0) {
            values.put("port", Integer.toString(port));
        } else if (!values.containsKey("internal-url") && !development) {
            throw new StartFailure(
                    "server.port is " + port + ", so the internal URL of this host is not known",
                    "Set upload-receipts.internal-url to the URL at which peers reach this host.");
        }
        if (development && !values.containsKey("store")) {
            String directory = new ApplicationTemp().getDir("upload-receipts").toString();
            LOG.log(
                    Level.WARNING,
                    "development mode: uploads are kept in " + directory
                            + ", which nobody looks after. Set upload-receipts.store.directory for any other use");
            values.put("store", directory);
        }
    }

    /** Returns the settings of the host, and the limits. */
    Settings host() {
        return Settings.of(only(HOST), HOST);
    }

    /** Returns the settings that a filter reads by itself. */
    Map<String, String> filters() {
        return Map.copyOf(values);
    }

    private Map<String, String> only(Set<String> wanted) {
        Map<String, String> found = new HashMap<>(values);
        found.keySet().retainAll(wanted);
        return found;
    }

    /**
     * Makes something of the settings.
     *
     * @throws StartFailure if the library refuses one
     */
    <T> T make(Supplier<T> maker) {
        try {
            return maker.get();
        } catch (IllegalStateException | IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            String action = mentioned(message)
                    .map(property -> "Set the property " + property + ".")
                    .orElse("Change the properties upload-receipts.* accordingly.");
            throw new StartFailure(message, action, e);
        }
    }

    /** Returns the property of the setting that a message mentions first. */
    private Optional<String> mentioned(String message) {
        return names.keySet().stream()
                .filter(setting -> position(setting, message) >= 0)
                .min(Comparator.<String>comparingInt(setting -> position(setting, message))
                        .thenComparing(String::length, Comparator.reverseOrder()))
                .map(names::get);
    }

    /** Finds a setting's name, be it written as in a file, in a sentence or in code. */
    private static int position(String setting, String message) {
        String pattern = "\\b" + setting.replace("-", "[- ]?") + "\\b";
        Matcher matcher = Pattern.compile(pattern, Pattern.CASE_INSENSITIVE).matcher(message.toLowerCase(Locale.ROOT));
        return matcher.find() ? matcher.start() : -1;
    }
}
