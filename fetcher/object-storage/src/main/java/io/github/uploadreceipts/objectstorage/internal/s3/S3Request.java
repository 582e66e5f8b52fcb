package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.internal.http.Request;
import io.github.uploadreceipts.objectstorage.internal.http.Response;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A request before it is signed. Names of fields are in lower case. */
final class S3Request {

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** A parameter in a query, not encoded. */
    record Parameter(String name, String value) {}

    private final String method;
    private final String key;
    private final List<Parameter> query = new ArrayList<>();
    private final SortedMap<String, String> fields = new TreeMap<>();
    private @Nullable ByteBuffer body;
    private @Nullable String sha256;
    private @Nullable Duration limit;

    S3Request(String method, String key) {
        this.method = method;
        this.key = key;
    }

    S3Request parameter(String name, String value) {
        query.add(new Parameter(name, value));
        return this;
    }

    S3Request field(String name, String value) {
        fields.put(name, value);
        return this;
    }

    S3Request body(ByteBuffer bytes, String type) {
        body = bytes.asReadOnlyBuffer();
        return field("content-type", type);
    }

    /** A request whose body was hashed before. */
    S3Request body(ByteBuffer bytes, String type, Proof proof) {
        sha256 = proof.hexSha256();
        return body(bytes, type);
    }

    /** Returns the SHA-256 of the body, in hexadecimal. A request that is sent twice is hashed once. */
    String sha256() {
        String known = sha256;
        if (known == null) {
            known = Digests.hex(Digests.sha256(body()));
            sha256 = known;
        }
        return known;
    }

    /** A request with an empty body. */
    S3Request empty() {
        body = NOTHING;
        return this;
    }

    S3Request within(Duration time) {
        limit = time;
        return this;
    }

    /** Returns the request as it is sent, but for its fields. */
    Request toHttp(URI uri) {
        Request request = Request.of(method, uri, what());
        if (limit != null) {
            request = request.within(limit);
        }
        return body == null ? request : request.body(body());
    }

    String method() {
        return method;
    }

    String key() {
        return key;
    }

    List<Parameter> query() {
        return query;
    }

    SortedMap<String, String> fields() {
        return fields;
    }

    /** Returns the body, with a position of its own. */
    ByteBuffer body() {
        return (body == null ? NOTHING : body).duplicate();
    }

    private String what() {
        return key.isEmpty() ? "the bucket" : Response.shown(key);
    }

    /** Returns the method and the key, for messages. Parameters are left out: an upload id gives rights. */
    @Override
    public String toString() {
        return method + " " + what();
    }
}
