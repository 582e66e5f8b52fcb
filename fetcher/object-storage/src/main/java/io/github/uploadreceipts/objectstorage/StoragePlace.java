package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.Operations;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads where uploads are kept from text, and passwords from the environment, by the names that the stores' own clients read. */
final class StoragePlace {

    /** The name of the key by which browsers may write. */
    static final String KEY = "SWIFT_TEMP_URL_KEY";

    /** What the names of the login begin with that signs what browsers write by. */
    private static final String WRITER = "AWS_INCOMING_";

    private static final String ACCESS_KEY = "ACCESS_KEY_ID";
    private static final Pattern SWIFT = Pattern.compile("swift:(https?://[^/]+/.+)/([^/]+)");
    private static final Pattern S3 = Pattern.compile("s3:(https?://[^/]+)/([^/]+)");

    private final Map<String, String> environment;

    StoragePlace(Map<String, String> environment) {
        this.environment = environment;
    }

    ObjectStorage open(String text) {
        Matcher s3 = S3.matcher(text);
        if (s3.matches()) {
            S3Storage.Builder storage = S3Storage.builder(s3.group(1))
                    .bucket(s3.group(2))
                    .region(environment.getOrDefault("AWS_REGION", "us-east-1"))
                    .credentials(s3Login("AWS_"))
                    .pathStyle();
            if (environment.containsKey(WRITER + ACCESS_KEY)) {
                storage.incoming(s3.group(2) + Operations.INCOMING, s3Login(WRITER));
            }
            return storage.build();
        }
        Matcher swift = SWIFT.matcher(text);
        if (!swift.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no container or bucket, such as"
                    + " swift:https://swift.example.org/v1/AUTH_photos/uploads or s3:https://s3.example.org/uploads");
        }
        SwiftStorage.Builder storage =
                SwiftStorage.builder(swift.group(1)).container(swift.group(2)).credentials(swiftLogin());
        if (environment.containsKey(KEY)) {
            storage.incoming(swift.group(2) + Operations.INCOMING, () -> required(KEY));
        }
        return storage.build();
    }

    private Supplier<S3Credentials> s3Login(String prefix) {
        var unused = required(prefix + ACCESS_KEY);
        return () -> new S3Credentials(
                required(prefix + ACCESS_KEY),
                required(prefix + "SECRET_ACCESS_KEY"),
                Optional.ofNullable(environment.get(prefix + "SESSION_TOKEN")));
    }

    private SwiftCredentials swiftLogin() {
        if (environment.containsKey("OS_APPLICATION_CREDENTIAL_ID")) {
            return SwiftCredentials.applicationCredential(
                    required("OS_AUTH_URL"),
                    required("OS_APPLICATION_CREDENTIAL_ID"),
                    () -> required("OS_APPLICATION_CREDENTIAL_SECRET"));
        }
        return SwiftCredentials.v1(required("ST_AUTH"), required("ST_USER"), () -> required("ST_KEY"));
    }

    String required(String name) {
        String value = environment.get(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException(name + " is needed in the environment");
        }
        return value;
    }
}
