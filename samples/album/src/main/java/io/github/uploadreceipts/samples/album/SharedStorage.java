package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.objectstorage.ObjectClaims;
import io.github.uploadreceipts.objectstorage.ObjectStorage;
import io.github.uploadreceipts.objectstorage.ObjectUploadStore;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where uploads are kept instead of the hosts' disks.
 *
 * @param place see {@link ObjectStorage#open}
 */
record SharedStorage(String place) {

    /**
     * Returns the connections to it, with what the environment says.
     *
     * @throws IllegalArgumentException if there is no such place, or a name is missing in the environment
     */
    ObjectStorage connect(Map<String, String> environment) {
        return ObjectStorage.open(place, environment);
    }

    /** Returns the origin of its URL. */
    String origin() {
        URI url = URI.create(place.substring(place.indexOf(':') + 1));
        return url.getScheme() + "://" + url.getRawAuthority();
    }

    /**
     * Returns a host's store in it.
     *
     * @param partials where the host keeps resumable uploads that are not complete
     * @param claims a directory of the fleet
     */
    UploadStore store(ObjectStorage storage, Path partials, Path claims, boolean sealed) throws IOException {
        ObjectUploadStore.Builder store = ObjectUploadStore.builder(storage).partials(partials);
        if (place.startsWith("swift:")) {
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
