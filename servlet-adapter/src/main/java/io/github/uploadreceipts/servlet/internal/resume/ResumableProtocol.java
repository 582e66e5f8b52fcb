package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.Creation;
import io.github.uploadreceipts.internal.resume.Status;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Optional;

/** A protocol for resumable uploads: what requests say in it, and what responses say. It keeps nothing and decides nothing. */
public interface ResumableProtocol {

    /**
     * What a request says that creates an upload.
     *
     * @param creation of the upload
     * @param partials the last segments of the URLs of the partial uploads, if it is a concatenation
     * @param checksum of the bytes that the request brings
     */
    record NewUpload(Creation creation, List<String> partials, Optional<Checksum> checksum) {}

    /**
     * What a request says that appends to an upload.
     *
     * @param offset where its bytes belong
     * @param length of the upload, if it is said only now
     * @param checksum of the bytes that the request brings
     */
    record AppendedBytes(long offset, Optional<Long> length, Optional<Checksum> checksum) {}

    /** Returns whether a request is meant in this protocol. */
    boolean isMeant(HttpServletRequest request);

    /** Marks a response as one of this protocol, whatever it says. */
    void begin(HttpServletResponse response);

    /**
     * Checks the version of the protocol.
     *
     * @throws UploadRefusedException if it is another; the response then says which are spoken
     */
    void requireVersion(HttpServletRequest request, HttpServletResponse response) throws UploadRefusedException;

    /**
     * Reads a request that creates an upload.
     *
     * @param hasBody whether it brings bytes
     */
    NewUpload readCreation(HttpServletRequest request, boolean hasBody) throws UploadRefusedException;

    /** Reads a request that appends to an upload. */
    AppendedBytes readAppend(HttpServletRequest request) throws UploadRefusedException;

    /**
     * Checks that a request can be relayed to the host that keeps its upload.
     *
     * @throws UploadRefusedException if it uses what is lost on the way
     */
    void requireRelayable(HttpServletRequest request) throws UploadRefusedException;

    /** Says what can be done here; how large a file may be, if that is known. */
    void describe(HttpServletResponse response, Optional<Admission> admission);

    /** Says all that is known of an upload. */
    void describe(HttpServletResponse response, UploadResource resource, Status status);

    /**
     * Says how far an upload is, after bytes were appended or as it was created.
     *
     * @param statusCode of the response
     */
    void progress(HttpServletResponse response, int statusCode, UploadResource resource, Status status);

    /** Says the right offset, to a client that had another. */
    void offset(HttpServletResponse response, long bytes);
}
