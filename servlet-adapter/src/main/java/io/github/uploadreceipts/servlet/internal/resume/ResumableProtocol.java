package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.Creation;
import io.github.uploadreceipts.internal.resume.Ending;
import io.github.uploadreceipts.internal.resume.Status;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import io.github.uploadreceipts.servlet.internal.receive.UploadCall;
import io.github.uploadreceipts.servlet.internal.response.ProblemDetails;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A protocol for resumable uploads: it reads requests and writes responses, keeps nothing and decides nothing. */
public interface ResumableProtocol {

    /**
     * What a request says that creates an upload.
     *
     * @param creation what to create
     * @param partials the last segments of the URLs of the partial uploads, if the upload is a concatenation
     * @param checksum the checksum of the request's bytes, if it has one
     * @param bytes whether the request's body is the beginning of the file; if not, the body must be empty
     */
    record NewUpload(Creation creation, List<String> partials, Optional<Checksum> checksum, boolean bytes) {}

    /**
     * What a request says that appends to an upload.
     *
     * @param offset where the request's bytes belong
     * @param length the length of the upload, if it was deferred and is declared now
     * @param checksum the checksum of the request's bytes, if it has one
     * @param ending when the request completes the upload
     */
    record AppendedBytes(long offset, Optional<Long> length, Optional<Checksum> checksum, Ending ending) {}

    /** Returns whether a request uses this protocol. */
    boolean isMeant(HttpServletRequest request);

    /** Returns what a listener is told of how an upload comes. */
    Way way();

    /** Returns the methods for uploads that exist. */
    Set<String> methods();

    /** Marks a response as one of this protocol, whatever else it says. */
    void begin(HttpServletResponse response);

    /**
     * Checks that a request has a supported version of the protocol.
     *
     * @throws UploadRefusedException if it has not; the response then lists the supported versions
     */
    void requireVersion(HttpServletRequest request, HttpServletResponse response) throws UploadRefusedException;

    /** Returns whether a request to create an upload brings it whole, so that nothing is left to resume. */
    boolean bringsWhole(HttpServletRequest request);

    /**
     * Prepares the response to an upload that comes whole, and returns a parser that checks what its request says of it.
     *
     * @param parser takes the body if it is right
     */
    BodyParser whole(UploadCall call, BodyParser parser) throws UploadRefusedException;

    /** Returns the length of the upload that a request creates, if the request says it. */
    Optional<Long> length(HttpServletRequest request) throws UploadRefusedException;

    /**
     * Reads a request that creates an upload and does not bring it whole.
     *
     * @param hasBody whether the request brings bytes
     */
    NewUpload readCreation(HttpServletRequest request, boolean hasBody) throws UploadRefusedException;

    /**
     * Reads a request that appends to an upload.
     *
     * @param hasBody whether the request brings bytes
     */
    AppendedBytes readAppend(HttpServletRequest request, boolean hasBody) throws UploadRefusedException;

    /**
     * Checks that a request can be relayed to the host that keeps its upload.
     *
     * @throws UploadRefusedException if it uses what relaying would lose
     */
    void requireRelayable(HttpServletRequest request) throws UploadRefusedException;

    /** Sets what the protocol can do here and, if the admission is known, how large a file may be. */
    void describe(HttpServletResponse response, Optional<Admission> admission);

    /** Sets how large an upload may be that is about to be created. */
    void limit(HttpServletResponse response, Admission admission);

    /** Sets the response that describes an upload. */
    void describe(HttpServletResponse response, UploadResource resource, Status status);

    /**
     * Sets the response that says how far an upload is, after it was created or bytes were appended, and returns its
     * body.
     *
     * @param created whether the request created the upload
     */
    byte[] progress(UploadCall call, boolean created, UploadResource resource, Status status);

    /** Sets the right offset, for a client that had another one. */
    void offset(HttpServletResponse response, long bytes);

    /** Returns the refusal of bytes for an upload that is complete. */
    UploadRefusedException surplus();

    /**
     * Sets the header fields of a refusal, and returns how the client is told of it: as the problem says, unless the
     * protocol has words of its own, or its clients would give up where they should try again or create the upload anew.
     */
    ProblemDetails refuse(HttpServletResponse response, Problem problem);
}
