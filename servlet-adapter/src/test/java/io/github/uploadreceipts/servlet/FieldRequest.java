package io.github.uploadreceipts.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Requests with only header and trailer fields. */
public final class FieldRequest {

    private FieldRequest() {}

    /** Returns a request with these header fields. Their names must be written as in the code under test. */
    public static HttpServletRequest of(Map<String, String> fields) {
        return of(fields, Map.of());
    }

    /** Returns a request with these fields. The names of trailers are in lower case. */
    public static HttpServletRequest of(Map<String, String> fields, Map<String, String> trailers) {
        return (HttpServletRequest) Proxy.newProxyInstance(
                HttpServletRequest.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getHeader" -> fields.get((String) arguments[0]);
                    case "getHeaders" ->
                        Collections.enumeration(
                                fields.containsKey((String) arguments[0])
                                        ? List.of(fields.get((String) arguments[0]))
                                        : List.of());
                    case "getContentLengthLong" -> Long.parseLong(fields.getOrDefault("Content-Length", "-1"));
                    case "getContentType" -> fields.get("Content-Type");
                    case "isTrailerFieldsReady" -> true;
                    case "getTrailerFields" -> trailers;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}
