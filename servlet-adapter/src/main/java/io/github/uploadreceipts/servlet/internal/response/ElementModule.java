package io.github.uploadreceipts.servlet.internal.response;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.RefusedBodies;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ES module of the element {@code <upload-receipts>}, as uploads' endpoints serve it. It is public source, so every
 * page may load it. It has two names: one for good, and one with the digest of its content, which may be cached for ever.
 */
public final class ElementModule {

    /** Where the module lies in the jar. Many containers serve what is below {@code META-INF/resources}, too. */
    static final String RESOURCE = "/META-INF/resources/upload-receipts/upload-receipts.js";

    private static final String TYPE = "text/javascript; charset=utf-8";
    private static final int DIGEST_BYTES = 8;

    /** A servlet may have written its session into the URL. */
    private static final Pattern URL = Pattern.compile(".*/upload-receipts(?:-([0-9a-f]{16}))?\\.js(?:;.*)?");

    private ElementModule() {}

    /** The module, read at first use: uploads go on in a jar without it. */
    private static final class Content {

        static final byte[] BYTES = read();
        static final String DIGEST = digest(BYTES);

        private Content() {}

        private static byte[] read() {
            try (InputStream in = ElementModule.class.getResourceAsStream(RESOURCE)) {
                if (in == null) {
                    throw new IllegalStateException(RESOURCE + " is missing from the jar");
                }
                return in.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String digest(byte[] bytes) {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
                return HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }
    }

    /** Returns the name that changes with the content. */
    public static String immutableName() {
        return "upload-receipts-" + Content.DIGEST + ".js";
    }

    /** Returns whether a request asks for the module, by any of its names. */
    public static boolean isMeant(HttpServletRequest request) {
        String method = request.getMethod();
        return (method.equals("GET") || method.equals("HEAD"))
                && URL.matcher(request.getRequestURI()).matches();
    }

    /** Serves the module. Under a name with another digest there is nothing: it would be cached as what it is not. */
    public static void serve(HttpServletRequest request, HttpServletResponse response, RefusedBodies refusedBodies)
            throws IOException {
        if (ContainerManners.hasBody(request)) {
            Responses.endUnread(request, response, refusedBodies, () -> write(request, response));
        } else {
            write(request, response);
        }
    }

    private static void write(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Matcher name = URL.matcher(request.getRequestURI());
        boolean immutable = name.matches() && name.group(1) != null;
        response.setHeader("Access-Control-Allow-Origin", "*");
        response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
        if (immutable && !Content.DIGEST.equals(name.group(1))) {
            Responses.write(request, response, Problem.of(ProblemType.NOT_FOUND));
            return;
        }
        RangedResponse file = new RangedResponse(request, response, '"' + Content.DIGEST + '"', Content.BYTES.length);
        boolean known = file.isNotModified();
        if (!known) {
            Responses.prepare(response, HttpServletResponse.SC_OK, TYPE, Content.BYTES);
        }
        response.setHeader("Cache-Control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
        if (known || file.isHead()) {
            response.flushBuffer(); // with the length of the content that is not sent
        } else {
            ContainerManners.write(request, response, Content.BYTES);
        }
    }
}
