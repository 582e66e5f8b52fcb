package io.github.uploadreceipts.objectstorage;

import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads where uploads are kept from text, and passwords from the environment, by the names that the stores' own clients read. */
final class StoragePlace {

    /** The name of the key by which browsers may write. */
    static final String KEY = "SWIFT_TEMP_URL_KEY";

    private static final Pattern SWIFT = Pattern.compile("swift:(https?://[^/]+/.+)/([^/]+)");

    private final Map<String, String> environment;

    StoragePlace(Map<String, String> environment) {
        this.environment = environment;
    }

    ObjectStorage open(String text) {
        Matcher swift = SWIFT.matcher(text);
        if (!swift.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no container, such as"
                    + " swift:https://swift.example.org/v1/AUTH_photos/uploads");
        }
        return SwiftStorage.builder(swift.group(1))
                .container(swift.group(2))
                .credentials(swiftLogin())
                .build();
    }

    private SwiftCredentials swiftLogin() {
        Function<String, String> required = this::required;
        if (environment.containsKey("OS_APPLICATION_CREDENTIAL_ID")) {
            return SwiftCredentials.applicationCredential(
                    required("OS_AUTH_URL"),
                    required("OS_APPLICATION_CREDENTIAL_ID"),
                    () -> required.apply("OS_APPLICATION_CREDENTIAL_SECRET"));
        }
        return SwiftCredentials.v1(required("ST_AUTH"), required("ST_USER"), () -> required.apply("ST_KEY"));
    }

    String required(String name) {
        String value = environment.get(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException(name + " is needed in the environment");
        }
        return value;
    }
}
