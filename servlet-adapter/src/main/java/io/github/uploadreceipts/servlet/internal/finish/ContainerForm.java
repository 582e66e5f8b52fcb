package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;

/**
 * A multipart form that the container has read, because a filter in front has asked for a field. It is put together
 * again for our own parser, so that its limits are ours. Files are refused: the container keeps them outside our store
 * and our limits, and not every container knows their place among the receipts.
 */
final class ContainerForm {

    private static final int BUFFER = 8 << 10;

    private final Collection<Part> parts;

    private ContainerForm(Collection<Part> parts) {
        this.parts = parts;
    }

    /** Returns the form of a request whose body is gone. It is empty if the container has not read it, or not all of it. */
    static ContainerForm of(HttpServletRequest request) {
        try {
            return new ContainerForm(request.getParts());
        } catch (IOException
                | ServletException
                | RuntimeException e) { // such as a limit, or no configuration for forms
            return new ContainerForm(List.of());
        }
    }

    boolean isEmpty() {
        return parts.isEmpty();
    }

    /**
     * Gives the whole form to a parser.
     *
     * @throws UploadRefusedException if it has files, or the parser refuses it
     * @throws IOException if the container cannot read what it has kept
     */
    void pushTo(BodyParser parser, String boundary) throws IOException, RefusedException {
        for (Part part : parts) {
            requireNoFile(part);
            push("--" + boundary + "\r\n" + headers(part) + "\r\n", parser);
            try (InputStream content = part.getInputStream()) {
                byte[] buffer = new byte[BUFFER];
                for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                    parser.push(buffer, 0, read);
                }
            }
            push("\r\n", parser);
        }
        push("--" + boundary + "--\r\n", parser);
        parser.end();
    }

    private static void requireNoFile(Part part) throws UploadRefusedException {
        String name = part.getSubmittedFileName();
        boolean leftEmpty = name != null && name.isEmpty() && part.getSize() == 0;
        if (name != null && !leftEmpty) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.BODY_READ_BEFORE,
                    "A filter in front has read the form, and its files with it. Map UploadGuard in front of that filter, or"
                            + " send what it looks for in a header field."));
        }
    }

    private static String headers(Part part) {
        StringBuilder lines = new StringBuilder();
        for (String name : part.getHeaderNames()) {
            part.getHeaders(name)
                    .forEach(value ->
                            lines.append(name).append(": ").append(value).append("\r\n"));
        }
        return lines.toString();
    }

    private static void push(String text, BodyParser parser) throws UploadRefusedException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        parser.push(bytes, 0, bytes.length);
    }
}
