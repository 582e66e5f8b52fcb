package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.UploadId;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The names of a store's objects. All of an hour are below two prefixes, so that purging needs no index. */
final class ObjectNames {

    static final String UPLOADS = "uploads/";
    static final String DATA = "data/";
    static final String INCOMING = "incoming/";
    static final String ARCHIVE = "archive/";
    static final String HEALTH = "health";

    /** A store may add to it for the names of parts. */
    private static final int MOST_OF_KEY = 800;

    private static final int ID_LENGTH = UploadId.random().toString().length();

    private ObjectNames() {}

    /**
     * Returns a key that an application gives to a file for good.
     *
     * @throws IllegalArgumentException if it could be taken for an object of an upload, or a store may not take it
     */
    static String foreign(String key) {
        boolean ours = key.equals(HEALTH)
                || Stream.of(UPLOADS, DATA, INCOMING, ARCHIVE, "probe-", "segments/")
                        .anyMatch(key::startsWith);
        boolean odd = Arrays.stream(key.split("/", -1)).anyMatch(Set.of("", ".", "..")::contains);
        if (ours || odd || key.length() > MOST_OF_KEY) {
            throw new IllegalArgumentException(
                    "the key \"" + key + "\" cannot be an application's: it must not begin as"
                            + " the names of uploads do, nor have an empty part, one of dots as in a/../b, or more than 800 characters");
        }
        return ObjectClient.ours(key);
    }

    /** What says that the upload is there, or was discarded. */
    static String record(UploadId id, ExpiryHour hour) {
        return UPLOADS + hour + "/" + id;
    }

    static String claim(UploadId id, ExpiryHour hour) {
        return record(id, hour) + "-claim";
    }

    /** What says that the data of that name were withdrawn, so that another upload can take the id. */
    static String withdrawn(UploadId id, ExpiryHour hour, String data) {
        return record(id, hour) + "-withdrawn-" + secret(data);
    }

    /** A new name for the bytes, which no URL ever shows. */
    static String newData(UploadId id, ExpiryHour hour) {
        return DATA + hour + "/" + id + "-" + UploadId.random();
    }

    /** How the names of all objects begin that are pushed for that upload. Hosts of one bucket may have the same ids. */
    static String pushed(UploadId id, ExpiryHour hour, String owner) {
        return ARCHIVE + hour + "/" + id + "-" + owner + "-";
    }

    /** A new name for the bytes of a local upload. */
    static String newPushed(UploadId id, ExpiryHour hour, String owner) {
        return pushed(id, hour, owner) + UploadId.random();
    }

    /** A new name for a copy of archived bytes. */
    static String newArchived(UploadId id, ExpiryHour hour) {
        return ARCHIVE + hour + "/" + id + "-" + UploadId.random();
    }

    /** What a client writes, in the container of the clients. */
    static String incoming(UploadId key, ExpiryHour hour) {
        return INCOMING + hour + "/" + key;
    }

    /** What a page without script carries on while its browser is at the store. */
    static String carried(UploadId key, ExpiryHour hour) {
        return UPLOADS + hour + "/" + key + "-carried";
    }

    /** The random end of a name of data. */
    static String secret(String data) {
        return data.substring(Math.max(0, data.length() - ID_LENGTH));
    }

    /** The upload whose bytes have that name. */
    static Optional<UploadId> idOf(String data, ExpiryHour hour) {
        String prefix = DATA + hour + "/";
        try {
            return Optional.of(UploadId.parse(data.substring(prefix.length(), prefix.length() + ID_LENGTH)));
        } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    static Optional<ExpiryHour> hourOf(String directory) {
        try {
            return Optional.of(ExpiryHour.parse(directory));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
