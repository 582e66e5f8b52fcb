package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.Creation;
import io.github.uploadreceipts.internal.resume.Ending;
import io.github.uploadreceipts.internal.resume.Role;
import io.github.uploadreceipts.internal.resume.Status;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.servlet.internal.response.ProblemDetails;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * tus 1.0.0 (<a href="https://tus.io/protocols/resumable-upload">specification</a>) with all its extensions.
 *
 * @param trailers whether clients are told that they may send checksums in trailer fields
 */
public record TusProtocol(boolean trailers) implements ResumableProtocol {

    private static final Set<String> METHODS = Set.of("HEAD", "PATCH", "DELETE");

    /** All extensions except checksum-trailer, which not every container supports. */
    private static final String EXTENSIONS =
            "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination,concatenation";

    @Override
    public boolean isMeant(HttpServletRequest request) {
        return TusRequest.isMeant(request)
                || (request.getMethod().equals("PATCH") && new TusRequest(request).bringsBytes());
    }

    @Override
    public Way way() {
        return Way.TUS;
    }

    @Override
    public Set<String> methods() {
        return METHODS;
    }

    @Override
    public void begin(HttpServletResponse response) {
        new TusResponse(response).begin();
    }

    @Override
    public void requireVersion(HttpServletRequest request, HttpServletResponse response) throws UploadRefusedException {
        try {
            new TusRequest(request).requireVersion();
        } catch (UploadRefusedException e) {
            new TusResponse(response).refuseVersion();
            throw e;
        }
    }

    @Override
    public boolean bringsWhole(HttpServletRequest request) {
        return false;
    }

    @Override
    public BodyParser whole(UploadCall call, BodyParser parser) {
        throw new IllegalStateException("every upload of tus can be resumed");
    }

    @Override
    public Optional<Long> length(HttpServletRequest request) throws UploadRefusedException {
        return new TusRequest(request).declaredLength();
    }

    @Override
    public NewUpload readCreation(HttpServletRequest request, boolean hasBody) throws UploadRefusedException {
        TusRequest tus = new TusRequest(request);
        UploadMetadata metadata = tus.metadata();
        Optional<String> concat = tus.concat();
        String note = new TusNote(concat.orElse(""), metadata.text()).toString();
        if (concat.isPresent() && concat.get().startsWith("final")) {
            if (request.getHeader("Upload-Length") != null) {
                throw new UploadRefusedException(Problem.of(
                        ProblemType.MALFORMED_REQUEST,
                        "A final upload gets its length from its partial uploads: send no Upload-Length."));
            }
            return new NewUpload(
                    new Creation(metadata.name(), metadata.type(), Optional.empty(), Optional.of(note), Role.FINAL)
                            .at(metadata.path()),
                    TusRequest.partials(concat.get()),
                    Optional.empty(),
                    false);
        }
        Creation creation = new Creation(
                        metadata.name(),
                        metadata.type(),
                        tus.length(),
                        Optional.of(note),
                        concat.isPresent() ? Role.PARTIAL : Role.REGULAR)
                .at(metadata.path());
        Optional<Checksum> checksum = Checksum.of(request);
        boolean bytes = tus.bringsBytes();
        if (hasBody && !bytes && request.getContentLengthLong() > 0) {
            tus.requireBytes();
        }
        return new NewUpload(creation, List.of(), checksum, bytes);
    }

    @Override
    public AppendedBytes readAppend(HttpServletRequest request, boolean hasBody) throws UploadRefusedException {
        TusRequest tus = new TusRequest(request);
        tus.requireBytes();
        return new AppendedBytes(tus.offset(), tus.declaredLength(), Checksum.of(request), Ending.BY_LENGTH);
    }

    @Override
    public void requireRelayable(HttpServletRequest request) throws UploadRefusedException {
        Checksum.requireNoTrailer(request);
    }

    @Override
    public void describe(HttpServletResponse response, Optional<Admission> admission) {
        response.setHeader("Tus-Version", TusRequest.VERSION);
        response.setHeader("Tus-Extension", trailers ? EXTENSIONS + ",checksum-trailer" : EXTENSIONS);
        response.setHeader("Tus-Checksum-Algorithm", Checksum.ALGORITHMS);
        admission.ifPresent(known -> response.setHeader("Tus-Max-Size", Long.toString(known.maxFileSize())));
    }

    @Override
    public void limit(HttpServletResponse response, Admission admission) {
        // only OPTIONS has it
    }

    @Override
    public void describe(HttpServletResponse response, UploadResource resource, Status status) {
        new TusResponse(response).describe(resource, status);
    }

    /** An upload that is created and completed at once gets the response to an upload that comes whole. */
    @Override
    public byte[] progress(UploadCall call, boolean created, UploadResource resource, Status status) {
        byte[] body = created && status.receipt().isPresent()
                ? call.uploadResponse().prepare(List.of(status.receipt().get()))
                : new byte[0];
        int statusCode = created ? HttpServletResponse.SC_CREATED : HttpServletResponse.SC_NO_CONTENT;
        new TusResponse(call.response()).progress(statusCode, resource, status);
        return body;
    }

    @Override
    public void offset(HttpServletResponse response, long bytes) {
        new TusResponse(response).offset(bytes);
    }

    @Override
    public UploadRefusedException surplus() {
        return new UploadRefusedException(Problem.of(ProblemType.FILE_TOO_LARGE, "The upload is complete."));
    }

    /**
     * {@inheritDoc}
     *
     * <p>tus-js-client, Uppy and tus-java-client try again after 423, and after no other status of 4xx that each of
     * them knows. They create the upload anew after 404; tus-java-client does so after nothing else.
     */
    @Override
    public ProblemDetails refuse(HttpServletResponse response, Problem problem) {
        return switch (problem.type()) {
            case TOO_SLOW, INCOMPLETE_BODY -> ProblemDetails.of(problem, 423);
            case METHOD_NOT_ALLOWED, UPLOAD_GONE -> ProblemDetails.of(problem, HttpServletResponse.SC_NOT_FOUND);
            default -> ProblemDetails.of(problem);
        };
    }
}
