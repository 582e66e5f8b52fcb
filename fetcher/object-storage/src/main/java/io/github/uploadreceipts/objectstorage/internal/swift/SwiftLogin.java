package io.github.uploadreceipts.objectstorage.internal.swift;

import io.github.uploadreceipts.objectstorage.internal.http.Connections;
import io.github.uploadreceipts.objectstorage.internal.http.Request;
import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Gets a token from a login, and keeps it until Swift refuses it. */
public final class SwiftLogin implements TokenSource {

    private final Supplier<Request> login;
    private @Nullable String token;

    private SwiftLogin(Supplier<Request> login) {
        this.login = login;
    }

    /** The login that Swift itself has, without Keystone. */
    public static SwiftLogin v1(URI url, String user, Supplier<String> password) {
        return new SwiftLogin(() -> Request.of("GET", url, "the login of " + user)
                .with("X-Storage-User", user)
                .with("X-Storage-Pass", password.get()));
    }

    /** The login of Keystone, version 3, at this URL, which ends with {@code /v3}. */
    public static SwiftLogin keystone(URI url, Supplier<byte[]> body) {
        return new SwiftLogin(() -> Request.of("POST", URI.create(url + "/auth/tokens"), "the login to Keystone")
                .with("Content-Type", "application/json")
                .body(ByteBuffer.wrap(body.get())));
    }

    @Override
    public synchronized String token(@Nullable String refused) throws IOException {
        String known = token;
        if (known == null || known.equals(refused)) {
            known = login();
            token = known;
        }
        return known;
    }

    private String login() throws IOException {
        try (Connections connections = new Connections(Swift.PROTOCOL);
                Response response = connections.send(login.get())) {
            if (response.status() != 200 && response.status() != 201) {
                throw response.failure();
            }
            return response.field("X-Subject-Token")
                    .or(() -> response.field("X-Auth-Token"))
                    .filter(text -> text.matches("[!-~]+"))
                    .orElseThrow(() -> response.malformed("no token"));
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException.Unavailable("the login for Swift: " + e, e);
        }
    }
}
