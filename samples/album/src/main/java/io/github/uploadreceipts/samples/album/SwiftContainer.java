package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.objectstorage.ObjectClaims;
import io.github.uploadreceipts.objectstorage.ObjectStorage;
import io.github.uploadreceipts.objectstorage.ObjectUploadStore;
import io.github.uploadreceipts.objectstorage.SwiftCredentials;
import io.github.uploadreceipts.objectstorage.SwiftStorage;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where uploads are kept instead of the hosts' disks. Passwords come from the environment, by the names that Swift's own
 * client reads.
 *
 * @param account the URL of the account
 * @param container the container's name
 */
record SwiftContainer(String account, String container) {

    private static final Pattern WRITTEN = Pattern.compile("swift:(https?://[^/]+/.+)/([^/]+)");

    /**
     * Reads what the option says.
     *
     * @throws IllegalArgumentException if it is not the URL of a container after {@code swift:}
     */
    static SwiftContainer parse(String option, String text) {
        Matcher parts = WRITTEN.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException(option + ": '" + text + "' is no container, such as"
                    + " swift:https://swift.example.org/v1/AUTH_photos/uploads");
        }
        return new SwiftContainer(parts.group(1), parts.group(2));
    }

    /** Returns the connections to it, with what the environment says. */
    ObjectStorage connect(Map<String, String> environment) {
        return SwiftStorage.builder(account)
                .container(container)
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
        ObjectUploadStore.Builder store =
                ObjectUploadStore.builder(storage).partials(partials).claims(claims(Durable.createDirectories(claims)));
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
