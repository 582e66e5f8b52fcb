package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.Creation;
import io.github.uploadreceipts.internal.resume.Status;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Optional;

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
     */
    record AppendedBytes(long offset, Optional<Long> length, Optional<Checksum> checksum) {}

    /** Returns whether a request uses this protocol. */
    boolean isMeant(HttpServletRequest request);

    /** Marks a response as one of this protocol, whatever else it says. */
    void begin(HttpServletResponse response);

    /**
     * Returns the status code of a refusal. It is the type's own, unless the protocol's clients then give up where they
     * should try again or create the upload anew.
     */
    int status(ProblemType type);

    /**
     * Checks that a request has a supported version of the protocol.
     *
     * @throws UploadRefusedException if it has not; the response then lists the supported versions
     */
    void requireVersion(HttpServletRequest request, HttpServletResponse response) throws UploadRefusedException;

    /**
     * Reads a request that creates an upload.
     *
     * @param hasBody whether the request brings bytes
     */
    NewUpload readCreation(HttpServletRequest request, boolean hasBody) throws UploadRefusedException;

    /** Reads a request that appends to an upload. */
    AppendedBytes readAppend(HttpServletRequest request) throws UploadRefusedException;

    /**
     * Checks that a request can be relayed to the host that keeps its upload.
     *
     * @throws UploadRefusedException if it uses what relaying would lose
     */
    void requireRelayable(HttpServletRequest request) throws UploadRefusedException;

    /** Sets what the protocol can do here and, if the admission is known, how large a file may be. */
    void describe(HttpServletResponse response, Optional<Admission> admission);

    /** Sets the response that describes an upload. */
    void describe(HttpServletResponse response, UploadResource resource, Status status);

    /**
     * Sets the response that says how far an upload is, after it was created or bytes were appended.
     *
     * @param statusCode the HTTP status of the response
     */
    void progress(HttpServletResponse response, int statusCode, UploadResource resource, Status status);

    /** Sets the right offset, for a client that had another one. */
    void offset(HttpServletResponse response, long bytes);
}
