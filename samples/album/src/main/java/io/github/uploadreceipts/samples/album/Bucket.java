package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.objectstorage.ObjectClaims;
import io.github.uploadreceipts.objectstorage.ObjectStorage;
import io.github.uploadreceipts.objectstorage.ObjectUploadStore;
import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.S3Storage;
import io.github.uploadreceipts.objectstorage.SwiftCredentials;
import io.github.uploadreceipts.objectstorage.SwiftStorage;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where uploads are kept instead of the hosts' disks. Passwords and keys come from the environment, by the names that the
 * stores' own clients read.
 *
 * @param protocol {@code swift} or {@code s3}
 * @param place the URL of the account or the service
 * @param name the container or bucket
 */
record Bucket(String protocol, String place, String name) {

    /**
     * Reads what the option says.
     *
     * @throws IllegalArgumentException if it is not {@code swift:URL} or {@code s3:URL}, with a name at the end
     */
    static Bucket parse(String option, String text) {
        int colon = text.indexOf(':');
        int slash = text.lastIndexOf('/');
        String protocol = text.substring(0, Math.max(0, colon));
        if (!protocol.matches("swift|s3") || slash <= text.indexOf("://") + 2 || slash == text.length() - 1) {
            throw new IllegalArgumentException(option + ": '" + text + "' is neither"
                    + " swift:https://swift.example.org/v1/AUTH_photos/CONTAINER nor s3:https://s3.example.org/BUCKET");
        }
        return new Bucket(protocol, text.substring(colon + 1, slash), text.substring(slash + 1));
    }

    /** Returns the connections to it, with what the environment says. */
    ObjectStorage connect(Map<String, String> environment) {
        return protocol.equals("s3") ? s3(environment) : swift(environment);
    }

    private ObjectStorage s3(Map<String, String> environment) {
        S3Credentials credentials = new S3Credentials(
                required(environment, "AWS_ACCESS_KEY_ID"),
                required(environment, "AWS_SECRET_ACCESS_KEY"),
                Optional.ofNullable(environment.get("AWS_SESSION_TOKEN")));
        return S3Storage.builder(place)
                .bucket(name)
                .region(environment.getOrDefault("AWS_REGION", "us-east-1"))
                .credentials(() -> credentials)
                .pathStyle()
                .build();
    }

    private ObjectStorage swift(Map<String, String> environment) {
        return SwiftStorage.builder(place)
                .container(name)
                .credentials(login(environment))
                .build();
    }

    private static SwiftCredentials login(Map<String, String> environment) {
        if (environment.containsKey("OS_APPLICATION_CREDENTIAL_ID")) {
            return SwiftCredentials.applicationCredential(
                    required(environment, "OS_AUTH_URL"),
                    required(environment, "OS_APPLICATION_CREDENTIAL_ID"),
                    () -> required(environment, "OS_APPLICATION_CREDENTIAL_SECRET"));
        }
        return SwiftCredentials.v1(
                required(environment, "ST_AUTH"),
                required(environment, "ST_USER"),
                () -> required(environment, "ST_KEY"));
    }

    private static String required(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException("--storage needs " + name + " in the environment");
        }
        return value;
    }

    /**
     * Returns a host's store in it.
     *
     * @param partials where the host keeps resumable uploads that are not complete
     * @param claims a directory of the fleet
     */
    UploadStore store(ObjectStorage storage, Path partials, Path claims, boolean sealed) throws IOException {
        ObjectUploadStore.Builder store = ObjectUploadStore.builder(storage).partials(partials);
        if (protocol.equals("swift")) {
            store.claims(claims(Durable.createDirectories(claims)));
        }
        if (sealed) {
            store.sealed();
        }
        return store.build();
    }

    /** Swift cannot say which of two hosts was first. In life a database can; here all hosts are on one machine. */
    private static ObjectClaims claims(Path directory) {
        return (key, value, until) -> {
            Path file = directory.resolve(key.replace('/', '.'));
            Path draft = Files.createTempFile(directory, "draft", "");
            try {
                Durable.write(draft, value.getBytes(StandardCharsets.US_ASCII));
                Files.createLink(file, draft);
            } catch (FileAlreadyExistsException e) {
                return Files.readString(file, StandardCharsets.US_ASCII);
            } finally {
                Files.delete(draft);
            }
            return value;
        };
    }
}
