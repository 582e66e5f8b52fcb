package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.IncomingClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.client.Operations;
import io.github.uploadreceipts.objectstorage.internal.swift.SwiftClient;
import io.github.uploadreceipts.objectstorage.internal.swift.SwiftIncoming;
import io.github.uploadreceipts.objectstorage.internal.swift.SwiftOperations;
import io.github.uploadreceipts.objectstorage.internal.swift.TokenSource;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A container of OpenStack Swift.
 *
 * <pre>{@code
 * ObjectStorage storage = SwiftStorage.builder("https://swift.example.org/v1/AUTH_photos")
 *         .container("uploads")
 *         .credentials(SwiftCredentials.v1("https://swift.example.org/auth/v1.0", "photos:writer", () -> password))
 *         .build();
 * }</pre>
 *
 * <p>Redirects are not followed, and proxies of the environment are not used.
 */
public final class SwiftStorage extends ObjectStorage {

    private final Supplier<Operations> operations;
    private final String name;

    private SwiftStorage(
            ObjectClient client, Optional<IncomingClient> incoming, Supplier<Operations> operations, String name) {
        super(client, incoming);
        this.operations = operations;
        this.name = name;
    }

    @Override
    Operations operations() {
        return operations.get();
    }

    /** Returns the URL of the container. */
    @Override
    public String toString() {
        return name;
    }

    /**
     * Starts a container's settings.
     *
     * @param account the account's URL, such as {@code https://swift.example.org/v1/AUTH_photos}
     * @throws IllegalArgumentException if it is no such URL
     */
    public static Builder builder(String account) {
        return new Builder(account);
    }

    /** The settings of a container: its name and credentials are required. */
    public static final class Builder {

        private static final Pattern ACCOUNT = Pattern.compile("https?://[^/?#@]+(/[^/?#]+){2,}");

        private static final int LONGEST_CONTAINER = 256;

        private final URI account;
        private @Nullable String container;
        private @Nullable SwiftCredentials credentials;
        private @Nullable Supplier<String> readKey;
        private @Nullable String incoming;
        private Supplier<String> incomingKey = () -> "";

        private Builder(String account) {
            if (!ACCOUNT.matcher(account).matches()) {
                throw new IllegalArgumentException("the account's URL is " + account
                        + "; it must be like https://swift.example.org/v1/AUTH_photos, without a slash at the end");
            }
            this.account = URI.create(account);
        }

        /** Sets the container, which exists. It holds nothing else. */
        public Builder container(String name) {
            container = checked(name);
            return this;
        }

        private static String checked(String name) {
            int length = name.getBytes(StandardCharsets.UTF_8).length;
            if (name.contains("/") || length == 0 || length > LONGEST_CONTAINER) {
                throw new IllegalArgumentException("the container's name has " + length
                        + " bytes, of 1 to 256, none of which is a slash: " + name);
            }
            return name;
        }

        /**
         * Has clients write straight to Swift, by temporary URLs, into a container of their own. It exists in the same
         * account, and holds nothing else. Uploads in it count only after a host has copied them.
         *
         * @param tempUrlKey the container's key of temporary URLs, asked for whenever one is made
         */
        public Builder incoming(String name, Supplier<String> tempUrlKey) {
            incoming = checked(name);
            incomingKey = tempUrlKey;
            return this;
        }

        /**
         * Has nginx read objects by temporary URLs, where the delivery is by {@code X-Accel-Redirect}.
         *
         * @param key the container's key of temporary URLs, asked for whenever one is made
         */
        public Builder tempUrlKey(Supplier<String> key) {
            readKey = key;
            return this;
        }

        /** Sets where tokens come from. Their user can read and write the container. */
        public Builder credentials(SwiftCredentials source) {
            credentials = Objects.requireNonNull(source);
            return this;
        }

        /**
         * Returns the storage, which has not opened a connection yet.
         *
         * @throws IllegalStateException if the container or the credentials are missing, or clients would write into the
         *     container of the hosts
         */
        public SwiftStorage build() {
            if (container == null || credentials == null) {
                throw new IllegalStateException(container == null ? "container is not set" : "credentials are not set");
            }
            if (container.equals(incoming)) {
                throw new IllegalStateException("clients would write into the container of the hosts: " + container);
            }
            String name = container;
            TokenSource tokens = credentials::token;
            SwiftClient hosts = SwiftClient.of(account, name, tokens, readKey);
            return new SwiftStorage(
                    hosts,
                    Optional.ofNullable(incoming)
                            .map(apart -> SwiftIncoming.of(account, apart, tokens, incomingKey, hosts)),
                    () -> new SwiftOperations(account, name, tokens),
                    account + "/" + name);
        }
    }
}
