package io.github.uploadreceipts.servlet.internal.resume;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.Creation;
import io.github.uploadreceipts.internal.resume.Ending;
import io.github.uploadreceipts.internal.resume.Role;
import io.github.uploadreceipts.internal.resume.Status;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import io.github.uploadreceipts.servlet.internal.receive.RawBody;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.servlet.internal.response.ProblemDetails;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Resumable Uploads for HTTP (<a href="https://datatracker.ietf.org/doc/draft-ietf-httpbis-resumable-upload/">draft</a>)
 * of interop version 8. Versions 3 to 7 differ in little, and are understood. Nothing here sends 104 (Upload Resumption
 * Supported), which servlets cannot.
 *
 * @param clock says how long uploads can still be resumed
 * @param completeness the field that says whether an upload is complete
 */
public record IetfProtocol(Clock clock, Completeness completeness) implements ResumableProtocol {

    private static final Set<String> METHODS = Set.of("HEAD", "GET", "PATCH", "DELETE");
    private static final String PROBLEMS = "https://iana.org/assignments/http-problem-types#";

    /** Returns the protocol of interop version 3. */
    public static IetfProtocol ofVersion3(Clock clock) {
        return new IetfProtocol(clock, Completeness.UPLOAD_INCOMPLETE);
    }

    /** Returns the protocol of the later versions, and of those requests that have no version. */
    public static IetfProtocol of(Clock clock) {
        return new IetfProtocol(clock, Completeness.UPLOAD_COMPLETE);
    }

    private IetfRequest read(HttpServletRequest request) {
        return new IetfRequest(request, completeness);
    }

    private IetfResponse write(HttpServletResponse response) {
        return new IetfResponse(response, completeness);
    }

    @Override
    public boolean isMeant(HttpServletRequest request) {
        IetfRequest asked = read(request);
        return asked.complete().isPresent() || (completeness == Completeness.UPLOAD_INCOMPLETE && asked.isOfVersion3());
    }

    @Override
    public Way way() {
        return Way.RESUMABLE;
    }

    @Override
    public Set<String> methods() {
        return METHODS;
    }

    @Override
    public void begin(HttpServletResponse response) {
        // nothing marks a response whatever it says
    }

    @Override
    public void requireVersion(HttpServletRequest request, HttpServletResponse response) {
        // the version matters for 104 only
    }

    @Override
    public boolean bringsWhole(HttpServletRequest request) {
        return read(request).complete().orElse(true);
    }

    /** The digest of the whole upload is here that of the content as well. */
    @Override
    public BodyParser whole(UploadCall call, BodyParser parser) throws UploadRefusedException {
        IetfRequest asked = read(call.request());
        var unused = asked.length(0, Ending.LAST, call.hasBody());
        write(call.response()).complete(true);
        List<Checksum> checksums = Stream.of("Content-Digest", "Repr-Digest")
                .flatMap(field -> asked.digest(field).stream())
                .distinct()
                .map(digest -> Checksum.of(call.request(), digest))
                .toList();
        return new CheckedBody(parser, checksums, asked.length());
    }

    @Override
    public Optional<Long> length(HttpServletRequest request) {
        return read(request).length();
    }

    @Override
    public NewUpload readCreation(HttpServletRequest request, boolean hasBody) throws UploadRefusedException {
        IetfRequest asked = read(request);
        asked.requireFile();
        Creation creation = new Creation(
                RawBody.name(request),
                Optional.empty(),
                Optional.ofNullable(request.getContentType()),
                asked.length(),
                Optional.empty(),
                asked.digest("Repr-Digest"),
                Role.REGULAR,
                Ending.OPEN,
                Optional.empty());
        return new NewUpload(creation, List.of(), contentChecksum(asked), true);
    }

    @Override
    public AppendedBytes readAppend(HttpServletRequest request, boolean hasBody) throws UploadRefusedException {
        IetfRequest asked = read(request);
        if (hasBody) {
            asked.requireBytes();
        }
        long offset = asked.offset();
        Ending ending = asked.ending();
        return new AppendedBytes(offset, asked.length(offset, ending, hasBody), contentChecksum(asked), ending);
    }

    private static Optional<Checksum> contentChecksum(IetfRequest asked) {
        return asked.digest("Content-Digest").map(digest -> Checksum.of(asked.request(), digest));
    }

    @Override
    public void requireRelayable(HttpServletRequest request) throws UploadRefusedException {
        read(request).requireNoneRepeated();
    }

    @Override
    public void describe(HttpServletResponse response, Optional<Admission> admission) {
        if (admission.isPresent()) {
            limit(response, admission.get());
        } else {
            write(response).noLimit();
        }
    }

    @Override
    public void limit(HttpServletResponse response, Admission admission) {
        write(response).limit(admission.maxFileSize(), admission.limits().maxRequestSize());
    }

    @Override
    public void describe(HttpServletResponse response, UploadResource resource, Status status) {
        write(response).describe(status, left(resource));
    }

    private Duration left(UploadResource resource) {
        return Duration.between(clock.instant(), resource.expiresAt());
    }

    /** The response to the last bytes is that to an upload which comes whole. */
    @Override
    public byte[] progress(UploadCall call, boolean created, UploadResource resource, Status status) {
        byte[] body = {};
        IetfResponse response = write(call.response());
        if (status.receipt().isPresent()) {
            IssuedReceipt issued = status.receipt().get();
            body = call.uploadResponse().prepare(List.of(issued));
            response.receipt(issued);
            if (call.request().getHeader("Want-Repr-Digest") != null) {
                response.digest(issued);
            }
        } else {
            call.response().setStatus(created ? HttpServletResponse.SC_CREATED : HttpServletResponse.SC_NO_CONTENT);
        }
        response.progress(status, left(resource));
        return body;
    }

    @Override
    public void offset(HttpServletResponse response, long bytes) {
        write(response).offset(bytes);
    }

    @Override
    public UploadRefusedException surplus() {
        return new UploadRefusedException(Problem.of(ProblemType.LENGTH_MISMATCH, "The upload is complete."));
    }

    /** What a complete file lacks is the answer to the upload. Everything else only interrupts it. */
    @Override
    public ProblemDetails refuse(HttpServletResponse response, Problem problem) {
        ProblemType type = problem.type();
        write(response).complete(type == ProblemType.SIZE_MISMATCH || type == ProblemType.DIGEST_MISMATCH);
        return switch (type) {
            case OFFSET_MISMATCH -> details(problem, "mismatching-upload-offset", 409);
            case LENGTH_MISMATCH -> details(problem, "inconsistent-upload-length", 400);
            case CHECKSUM_MISMATCH -> ProblemDetails.of(problem, 400);
            case TAKEN_OVER -> ProblemDetails.of(problem, 503);
            default -> ProblemDetails.of(problem);
        };
    }

    private static ProblemDetails details(Problem problem, String type, int status) {
        ObjectNode json = StrictJson.object()
                .put("type", PROBLEMS + type)
                .put("title", problem.type().title())
                .put("status", status);
        problem.detail().ifPresent(text -> json.put("detail", text));
        if (problem.type() == ProblemType.OFFSET_MISMATCH) {
            problem.limit().ifPresent(expected -> json.put("expected-offset", expected));
            problem.actual().ifPresent(provided -> json.put("provided-offset", provided));
        }
        return new ProblemDetails(status, json.toString());
    }
}
