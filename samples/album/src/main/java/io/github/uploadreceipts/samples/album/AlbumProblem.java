package io.github.uploadreceipts.samples.album;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.problem.ProblemType;
import java.util.List;

/**
 * The problem that tells a client why no album is made (RFC 9457). It never contains a path, and says no more about a
 * host than the receipts do.
 */
final class AlbumProblem extends Exception {

    private static final long serialVersionUID = 1;
    private static final String TYPES = "https://uploadreceipts.github.io/samples/album/problems#";

    /** The problem of one file. */
    private record Trouble(int status, String type, String title) {

        static Trouble of(Kind kind) {
            return switch (kind) {
                case CLAIMED -> of(ProblemType.ALREADY_CLAIMED);
                case GONE -> of(ProblemType.UPLOAD_GONE);
                case UNREACHABLE, TIMEOUT ->
                    new Trouble(503, TYPES + "host-silent", "The host that keeps it does not answer");
                case NOT_ALLOWED, REFUSED, WRONG_BYTES ->
                    new Trouble(502, TYPES + "host-failed", "The host that keeps it did not give it");
                case STORAGE -> new Trouble(500, TYPES + "no-room", "This host could not write it");
            };
        }

        private static Trouble of(ProblemType type) {
            return new Trouble(type.status(), type.uri(), type.title());
        }

        ObjectNode describe(ObjectNode json) {
            return json.put("type", type).put("title", title).put("status", status);
        }
    }

    private final int status;
    private final transient ObjectNode json;

    private AlbumProblem(Trouble trouble, String detail) {
        super(trouble.title() + ": " + detail);
        this.status = trouble.status();
        this.json = trouble.describe(JsonNodeFactory.instance.objectNode()).put("detail", detail);
    }

    static AlbumProblem of(ProblemType type, String detail) {
        return new AlbumProblem(Trouble.of(type), detail);
    }

    /** Names every file that could not be fetched. */
    static AlbumProblem of(FetchException e) {
        List<FetchException.Failure> failures = e.failures();
        Kind worst = failures.stream()
                .map(FetchException.Failure::kind)
                .min(Kind::compareTo) // the most permanent kind
                .orElse(Kind.UNREACHABLE);
        Trouble trouble = Trouble.of(worst);
        AlbumProblem problem = new AlbumProblem(
                new Trouble(trouble.status(), trouble.type(), "The album could not be made"), advice(worst));
        var errors = problem.json.putArray("errors");
        for (FetchException.Failure failure : failures) {
            Trouble.of(failure.kind()).describe(errors.addObject().put("index", failure.index()));
        }
        return problem;
    }

    private static String advice(Kind kind) {
        return switch (kind) {
            case CLAIMED -> "A file is already in another album.";
            case GONE -> "A file is not there any more; upload it again.";
            case UNREACHABLE, TIMEOUT -> "Try again when the host is back, or upload its files again.";
            case NOT_ALLOWED, REFUSED, WRONG_BYTES -> "Upload the file again.";
            case STORAGE -> "Try another host.";
        };
    }

    int status() {
        return status;
    }

    String toJson() {
        return json.toString();
    }

    String title() {
        return json.path("title").asText();
    }

    String detail() {
        return json.path("detail").asText();
    }
}
