package io.github.uploadreceipts.internal.resume;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.FileTerms;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.engine.TermsClaims;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.peer.PermitClaims;
import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.internal.token.ClaimReader;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The state of a resumable upload, which is kept beside its bytes.
 *
 * @param incarnation a random id; it tells the upload from a later one with the same id, which a ticket's slot can have
 * @param ticket the id of the ticket under which the upload was created, if there was one
 * @param seal the {@linkplain SealKey#check check value} of the key under which the upload is sealed, if it is
 * @param terms the terms of the file
 * @param limits the limits on its requests
 * @param length the number of bytes, if it is known
 * @param metadata as the client sent it
 * @param role what the upload is to become
 * @param ending when the last request that created it or appended to it completes it
 * @param parts the receipts of the partial uploads, if the upload is a concatenation and none of them is sealed: receipts
 *     of sealed uploads have keys, which must not be stored
 * @param concatenated what tells these partial uploads from others, if the upload is a concatenation
 * @param done what was measured, if the upload is complete
 */
record ResumableState(
        UploadId incarnation,
        Optional<String> ticket,
        Optional<String> seal,
        FileTerms terms,
        UploadLimits limits,
        Optional<Long> length,
        Optional<String> metadata,
        Role role,
        Ending ending,
        List<String> parts,
        Optional<String> concatenated,
        Optional<Done> done) {

    private static final StrictJson JSON = StrictJson.ofDepth(4);

    /** What was measured when the upload was complete. From it, the same receipt can be issued again. */
    record Done(long size, ContentDigest digest, Instant at) {}

    /** Returns the state of a new upload, which has no bytes yet. */
    static ResumableState begun(
            Admission admission,
            Optional<SealKey> sealKey,
            FileTerms terms,
            Creation creation,
            Optional<Long> length,
            List<IssuedReceipt> parts) {
        return new ResumableState(
                UploadId.random(),
                admission.terms().map(UploadTicket::id),
                sealKey.map(SealKey::check),
                terms,
                admission.limits(),
                length,
                creation.metadata(),
                creation.role(),
                creation.ending(),
                PartialReceipts.storable(parts),
                PartialReceipts.check(parts),
                Optional.empty());
    }

    /** Returns the state after a request has said when it completes the upload and, perhaps, how long that is. */
    ResumableState declared(Ending value, Optional<Long> bytes) {
        return new ResumableState(
                incarnation,
                ticket,
                seal,
                terms,
                limits,
                bytes.or(() -> length),
                metadata,
                role,
                value,
                parts,
                concatenated,
                done);
    }

    /** Returns the permit of a request that appends. The upload's length bounds the request. */
    UploadPermit permit() {
        UploadLimits unbounded =
                limits.toBuilder().maxRequestSize(Long.MAX_VALUE).build();
        return terms.subject()
                .map(subject -> UploadPermit.of(subject, unbounded))
                .orElseGet(() -> UploadPermit.anyone(unbounded));
    }

    /** Returns whether the upload is sealed under this key, or is not sealed and there is none. */
    boolean isSealedUnder(Optional<SealKey> key) {
        return seal.equals(key.map(SealKey::check));
    }

    /** Returns whether both are concatenations of the same partial uploads into the same file, under any keys. */
    boolean isSameConcatenation(ResumableState other) {
        return concatenated.isPresent()
                && concatenated.equals(other.concatenated)
                && terms.equals(other.terms)
                && metadata.equals(other.metadata);
    }

    /** Returns whether so many bytes complete the upload, though the request that brought them may have failed. */
    boolean isCompletedBy(long bytes) {
        return ending != Ending.OPEN && length.equals(Optional.of(bytes));
    }

    ResumableState done(Done value) {
        return new ResumableState(
                incarnation,
                ticket,
                seal,
                terms,
                limits,
                Optional.of(value.size()),
                metadata,
                role,
                ending,
                parts,
                concatenated,
                Optional.of(value));
    }

    String toJson() {
        ObjectNode json = StrictJson.object().put("incarnation", incarnation.toString());
        TermsClaims.write(json, terms);
        ticket.ifPresent(value -> json.put("ticket", value));
        seal.ifPresent(value -> json.put("seal", value));
        json.set("limits", PermitClaims.write(limits));
        length.ifPresent(bytes -> json.put("length", bytes));
        metadata.ifPresent(text -> json.put("metadata", text));
        json.put("role", role.name());
        json.put("ending", ending.name());
        var receipts = json.putArray("parts");
        parts.forEach(receipts::add);
        concatenated.ifPresent(check -> json.put("concatenated", check));
        done.ifPresent(measured -> json.putObject("done")
                .put("size", measured.size())
                .put("digest", measured.digest().toString())
                .put("at", measured.at().getEpochSecond()));
        return json.toString();
    }

    /** @throws StoreException.Failed if {@code json} is not what {@link #toJson} wrote */
    static ResumableState parse(String json) throws StoreException {
        try {
            ClaimReader claims = new ClaimReader(JSON.parseObject(json.getBytes(StandardCharsets.UTF_8)));
            return new ResumableState(
                    UploadId.parse(claims.text("incarnation")),
                    claims.optionalText("ticket"),
                    claims.optionalText("seal"),
                    TermsClaims.read(claims),
                    PermitClaims.readLimits(claims.object("limits")),
                    claims.has("length") ? Optional.of(claims.integer("length")) : Optional.empty(),
                    claims.optionalText("metadata"),
                    Role.valueOf(claims.text("role")),
                    Ending.valueOf(claims.text("ending")),
                    claims.texts("parts"),
                    claims.optionalText("concatenated"),
                    claims.has("done") ? Optional.of(done(claims.object("done"))) : Optional.empty());
        } catch (IOException | IllegalArgumentException | DateTimeException | ArithmeticException e) {
            throw new StoreException.Failed("an upload's state is malformed: " + e.getMessage(), e);
        }
    }

    private static Done done(ClaimReader claims) {
        return new Done(
                claims.integer("size"), ContentDigest.parseCanonical(claims.text("digest")), claims.instant("at"));
    }
}
