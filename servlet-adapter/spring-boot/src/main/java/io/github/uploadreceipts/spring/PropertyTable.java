package io.github.uploadreceipts.spring;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.unit.DataSize;

/**
 * The names of the properties, the settings of the library that they stand for, and their values as text. The components
 * of {@link UploadReceiptsProperties} are the only list of names.
 */
final class PropertyTable {

    /** Properties that are named otherwise than settings. All others have the setting's name behind their group's. */
    private static final Map<String, String> RENAMED = Map.of(
            "store.directory", "store",
            "receipts.encrypt", "encrypt-receipts",
            "receipts.field", "receipt-field",
            "receipts.deadline", "body-deadline",
            "receipts.files", "files-policy",
            "share.delivery", "share-delivery");

    /** Properties of the starter, for which the library has no settings. */
    private static final Set<String> OF_STARTER = Set.of("policy", "paths.uploads", "paths.receipts", "share.path");

    private PropertyTable() {}

    /** Returns the full names of all properties, by the names of their settings. */
    static Map<String, String> names() {
        Map<String, String> names = new LinkedHashMap<>();
        collectNames("", UploadReceiptsProperties.class, names);
        return names;
    }

    private static void collectNames(String group, Class<?> type, Map<String, String> names) {
        for (RecordComponent component : type.getRecordComponents()) {
            String property = group + dashed(component.getName());
            if (component.getType().isRecord()) {
                collectNames(property + ".", component.getType(), names);
            } else {
                names.put(setting(property), UploadReceiptsProperties.PREFIX + "." + property);
            }
        }
    }

    /** Returns the values of the library's settings, as far as they are set. */
    static Map<String, String> values(UploadReceiptsProperties properties) {
        Map<String, String> values = new LinkedHashMap<>();
        collectValues("", properties, values);
        return values;
    }

    private static void collectValues(String group, Record record, Map<String, String> values) {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            String property = group + dashed(component.getName());
            Object value = read(record, component);
            if (value instanceof Record nested) {
                collectValues(property + ".", nested, values);
            } else if (value != null && !OF_STARTER.contains(property)) {
                values.put(setting(property), text(value));
            }
        }
    }

    private static @Nullable Object read(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String setting(String property) {
        return OF_STARTER.contains(property)
                ? property
                : RENAMED.getOrDefault(property, property.substring(property.indexOf('.') + 1));
    }

    private static String text(Object value) {
        if (value instanceof DataSize size) {
            return Long.toString(size.toBytes());
        }
        if (value instanceof Duration duration) {
            return DurationStyle.ISO8601.print(duration);
        }
        if (value instanceof Enum<?> constant) {
            return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
        if (value instanceof Collection<?> list) {
            return list.stream().map(String::valueOf).collect(Collectors.joining(","));
        }
        return value.toString();
    }

    private static String dashed(String camelCase) {
        return camelCase.replaceAll("(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }
}
