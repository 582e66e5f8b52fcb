package io.github.uploadreceipts.spring;

import io.github.uploadreceipts.internal.settings.ServiceLinks;
import io.github.uploadreceipts.internal.settings.Settings;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Stops the start if a name with our prefix is unknown, wherever it is set: in a file, an argument, a system property or
 * an environment variable. Spring Boot's own check sees neither of the last two, and knows no nearest name.
 */
final class PropertyCheck {

    private static final ConfigurationPropertyName PREFIX =
            ConfigurationPropertyName.of(UploadReceiptsProperties.PREFIX);
    private static final Pattern VARIABLE = Pattern.compile("UPLOAD_?RECEIPTS_(.+)");
    private static final Pattern INDEXES = Pattern.compile("(_\\d+_?)+$");

    private final Map<String, String> known = new LinkedHashMap<>();

    private PropertyCheck(Collection<String> names) {
        for (String name : names) {
            known.put(uniform(name), name);
        }
    }

    /**
     * Checks the names in all property sources that can be listed.
     *
     * @param names the full names of all properties
     * @throws StartFailure if one is unknown
     */
    static void check(ConfigurableEnvironment environment, Collection<String> names) {
        PropertyCheck check = new PropertyCheck(names);
        for (PropertySource<?> source : environment.getPropertySources()) {
            if (source instanceof EnumerablePropertySource<?> listed) {
                boolean variables = source instanceof SystemEnvironmentPropertySource;
                for (String name : listed.getPropertyNames()) {
                    if (variables) {
                        check.variable(name, source);
                    } else {
                        check.property(name, source.getName());
                    }
                }
            }
        }
    }

    private void property(String text, String source) {
        ConfigurationPropertyName name = ConfigurationPropertyName.adapt(text, '.');
        if (!PREFIX.isAncestorOf(name)) {
            return;
        }
        while (name.isLastElementIndexed()) {
            name = name.getParent();
        }
        StringBuilder dashed = new StringBuilder(UploadReceiptsProperties.PREFIX);
        for (int i = 1; i < name.getNumberOfElements(); i++) {
            dashed.append('.').append(name.getElement(i, Form.DASHED));
        }
        require(dashed.toString(), text, source);
    }

    private void variable(String name, PropertySource<?> source) {
        var matcher = VARIABLE.matcher(name.toUpperCase(Locale.ROOT));
        if (!matcher.matches()) {
            return;
        }
        String rest = matcher.group(1);
        if (ServiceLinks.warnIfLink(name, rest, String.valueOf(source.getProperty(name)))) {
            return;
        }
        String words = INDEXES.matcher(rest).replaceFirst("").toLowerCase(Locale.ROOT);
        require(UploadReceiptsProperties.PREFIX + "." + words.replace('_', '-'), name, source.getName());
    }

    private void require(String name, String written, String source) {
        if (known.containsKey(uniform(name))) {
            return;
        }
        String message;
        try {
            var unused = Settings.of(Map.of(inGroup(name).orElse(name), ""), new TreeSet<>(known.values()));
            message = "there is no setting '" + name + "'; it is a group. Did you mean '"
                    + inGroup(name).orElse(name) + "'?";
        } catch (IllegalStateException e) {
            message = e.getMessage();
        }
        throw new StartFailure(
                String.valueOf(message), "Correct or remove '" + written + "' in the property source " + source + ".");
    }

    /** Returns the first property of a group, if that is what the name is. */
    private Optional<String> inGroup(String name) {
        return known.values().stream()
                .filter(full -> full.startsWith(name + "."))
                .findFirst();
    }

    /** Returns what all spellings of a name have in common. */
    private static String uniform(String name) {
        return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
    }
}
