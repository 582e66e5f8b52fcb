package io.github.uploadreceipts.objectstorage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.objectstorage.internal.swift.SwiftLogin;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where tokens for Swift come from. Safe for use by several threads.
 *
 * <p>Passwords are asked for at each login, so that they can change.
 */
@FunctionalInterface
public interface SwiftCredentials {

    /**
     * Returns a token. It is asked for before each request, so an implementation keeps it.
     *
     * @param refused the token that Swift has just refused, which cannot be used again, or null if none was
     * @throws IOException if there is no token now
     */
    String token(@Nullable String refused) throws IOException;

    /**
     * The login that Swift itself has, without Keystone.
     *
     * @param url such as {@code https://swift.example.org/auth/v1.0}
     * @param user such as {@code photos:writer}
     */
    static SwiftCredentials v1(String url, String user, Supplier<String> password) {
        return SwiftLogin.v1(URI.create(url), user, password)::token;
    }

    /**
     * An application credential of Keystone, which is restricted to one project.
     *
     * @param url such as {@code https://keystone.example.org:5000/v3}
     */
    static SwiftCredentials applicationCredential(String url, String id, Supplier<String> secret) {
        return SwiftLogin.keystone(URI.create(url), () -> {
            ObjectNode body = StrictJson.object();
            ObjectNode identity = identity(body, "application_credential");
            identity.putObject("application_credential").put("id", id).put("secret", secret.get());
            return bytes(body);
        })::token;
    }

    /**
     * A user of Keystone with a password, in a project of the same domain.
     *
     * @param url such as {@code https://keystone.example.org:5000/v3}
     * @param domain the name of the domain, such as {@code Default}
     */
    static SwiftCredentials password(
            String url, String domain, String project, String user, Supplier<String> password) {
        return SwiftLogin.keystone(URI.create(url), () -> {
            ObjectNode body = StrictJson.object();
            ObjectNode who = identity(body, "password").putObject("password").putObject("user");
            who.put("name", user).put("password", password.get());
            who.putObject("domain").put("name", domain);
            ObjectNode scope = body.withObject("/auth").putObject("scope").putObject("project");
            scope.put("name", project);
            scope.putObject("domain").put("name", domain);
            return bytes(body);
        })::token;
    }

    private static ObjectNode identity(ObjectNode body, String method) {
        ObjectNode identity = body.putObject("auth").putObject("identity");
        identity.putArray("methods").add(method);
        return identity;
    }

    private static byte[] bytes(ObjectNode body) {
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }
}
