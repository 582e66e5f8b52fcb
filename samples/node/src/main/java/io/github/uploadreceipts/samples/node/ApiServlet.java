package io.github.uploadreceipts.samples.node;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ReceiptsRefusedException;
import io.github.uploadreceipts.problem.Refusal;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.util.function.Supplier;

/** The API: JSON objects by POST, from applications that show a key. */
final class ApiServlet extends HttpServlet {

    private static final long serialVersionUID = 1;
    private static final Logger LOG = System.getLogger("io.github.uploadreceipts.samples.node");
    private static final int MAX_BODY = 1 << 20;

    private final transient Supplier<Api> api;
    private final transient ApiKeys keys;

    ApiServlet(Supplier<Api> api, ApiKeys keys) {
        this.api = api;
        this.keys = keys;
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!keys.permit(request.getHeader("Authorization"))) {
            response.setHeader("WWW-Authenticate", "Bearer");
            refuse(response, HttpServletResponse.SC_UNAUTHORIZED, "The request shows no API key of this server.");
            return;
        }
        byte[] body = request.getInputStream().readNBytes(MAX_BODY + 1);
        if (body.length > MAX_BODY) {
            refuse(
                    response,
                    HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE,
                    "A request may have " + MAX_BODY + " bytes.");
            return;
        }
        try {
            respond(response, String.valueOf(request.getPathInfo()), Fields.parse(body));
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
            refuse(response, HttpServletResponse.SC_BAD_REQUEST, String.valueOf(e.getMessage()));
        } catch (ReceiptsRefusedException e) {
            refuse(response, e.problem());
        } catch (IOException | IllegalStateException e) {
            refuse(response, e);
        }
    }

    private void respond(HttpServletResponse response, String path, Fields asked)
            throws IOException, ReceiptsRefusedException {
        switch (path) {
            case "/tickets" -> send(response, api.get().ticket(asked));
            case "/receipts" -> send(response, api.get().receipts(asked));
            case "/links" -> send(response, api.get().link(asked));
            case "/claims" -> {
                api.get().claim(asked);
                response.setStatus(HttpServletResponse.SC_NO_CONTENT);
            }
            default -> refuse(response, HttpServletResponse.SC_NOT_FOUND, "There is no such resource.");
        }
    }

    private static void send(HttpServletResponse response, ObjectNode body) throws IOException {
        write(response, "application/json", body.toString());
    }

    /** A peer that is away, or an upload that is gone or used, is told as what it is. */
    private static void refuse(HttpServletResponse response, Exception failure) throws IOException {
        if (failure instanceof Refusal refusal) {
            refuse(response, refusal.problem());
            return;
        }
        LOG.log(Level.WARNING, "a request could not be served: {0}", failure.toString());
        refuse(
                response,
                HttpServletResponse.SC_SERVICE_UNAVAILABLE,
                "The server cannot do this now. Its log says why.");
    }

    private static void refuse(HttpServletResponse response, Problem problem) throws IOException {
        response.setStatus(problem.status());
        write(response, Problem.MEDIA_TYPE, problem.toJson());
    }

    private static void refuse(HttpServletResponse response, int status, String detail) throws IOException {
        response.setStatus(status);
        ObjectNode problem =
                JsonNodeFactory.instance.objectNode().put("status", status).put("detail", detail);
        write(response, Problem.MEDIA_TYPE, problem.toString());
    }

    private static void write(HttpServletResponse response, String type, String body) throws IOException {
        response.setContentType(type);
        response.setHeader("Cache-Control", "no-store");
        response.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
    }
}
