package io.github.uploadreceipts.host;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.http.ContentDigest;
import io.github.uploadreceipts.json.StrictJson;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.IssuedReceipt;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.token.ClaimReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is kept beside the bytes of an upload that comes in several requests.
 *
 * @param incarnation random: an upload that was deleted leaves its id, if that is a ticket's, to another
 * @param terms of the file
 * @param limits on the requests
 * @param length in bytes, when it is known
 * @param metadata as the client sent it
 * @param role whether it stands for itself
 * @param pieces the receipts of what it is made of, if it is made of pieces
 * @param done when all its bytes were there
 */
record ResumableState(
        UploadId incarnation,
        FileTerms terms,
        UploadLimits limits,
        Optional<Long> length,
        Optional<String> metadata,
        ResumableUploads.Role role,
        List<String> pieces,
        Optional<Done> done) {

    private static final StrictJson JSON = StrictJson.ofDepth(4);

    /** What was measured in the end, of which its receipt can be made again. */
    record Done(long size, ContentDigest digest, Instant at) {}

    /** Returns the state of an upload of which there is nothing yet. */
    static ResumableState begun(
            FileTerms terms,
            UploadLimits limits,
            ResumableUploads.Creation creation,
            Optional<Long> length,
            List<IssuedReceipt> pieces) {
        return new ResumableState(
                UploadId.random(),
                terms,
                limits,
                length,
                creation.metadata(),
                creation.role(),
                pieces.stream().map(IssuedReceipt::token).toList(),
                Optional.empty());
    }

    ResumableState length(long bytes) {
        return new ResumableState(incarnation, terms, limits, Optional.of(bytes), metadata, role, pieces, done);
    }

    ResumableState done(Done value) {
        return new ResumableState(
                incarnation, terms, limits, Optional.of(value.size()), metadata, role, pieces, Optional.of(value));
    }

    String toJson() {
        ObjectNode json = StrictJson.object()
                .put("id", terms.id().toString())
                .put("incarnation", incarnation.toString())
                .put("name", terms.name())
                .put("type", terms.type())
                .put("maxSize", terms.maxSize());
        PermitClaims.writeBinding(json, terms.subject(), terms.batch(), terms.context());
        terms.exactSize().ifPresent(size -> json.put("exactSize", size));
        terms.digest().ifPresent(digest -> json.put("askedDigest", digest.toString()));
        terms.until().ifPresent(until -> json.put("until", until.getEpochSecond()));
        json.put("freeSpaceFloor", terms.freeSpaceFloor());
        json.set("limits", PermitClaims.write(limits));
        length.ifPresent(bytes -> json.put("length", bytes));
        metadata.ifPresent(text -> json.put("metadata", text));
        json.put("role", role.name());
        var receipts = json.putArray("pieces");
        pieces.forEach(receipts::add);
        done.ifPresent(measured -> json.putObject("done")
                .put("size", measured.size())
                .put("digest", measured.digest().toString())
                .put("at", measured.at().getEpochSecond()));
        return json.toString();
    }

    /** @throws IOException if it is not what {@link #toJson} wrote */
    static ResumableState parse(String json) throws IOException {
        ClaimReader claims = new ClaimReader(JSON.parseObject(json.getBytes(StandardCharsets.UTF_8)));
        try {
            return new ResumableState(
                    UploadId.parse(claims.text("incarnation")),
                    terms(claims),
                    PermitClaims.readLimits(claims.object("limits")),
                    claims.has("length") ? Optional.of(claims.integer("length")) : Optional.empty(),
                    claims.optionalText("metadata"),
                    ResumableUploads.Role.valueOf(claims.text("role")),
                    claims.texts("pieces"),
                    claims.has("done") ? Optional.of(done(claims.object("done"))) : Optional.empty());
        } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
            throw new IOException("an upload's state is malformed: " + e.getMessage(), e);
        }
    }

    private static FileTerms terms(ClaimReader claims) {
        return new FileTerms(
                UploadId.parse(claims.text("id")),
                claims.text("name"),
                claims.text("type"),
                claims.optionalText("sub"),
                claims.batch(Batch::new),
                claims.context(),
                claims.integer("maxSize"),
                claims.has("exactSize") ? Optional.of(claims.integer("exactSize")) : Optional.empty(),
                claims.optionalText("askedDigest").map(ContentDigest::parseCanonical),
                claims.has("until") ? Optional.of(claims.instant("until")) : Optional.empty(),
                claims.integer("freeSpaceFloor"));
    }

    private static Done done(ClaimReader claims) {
        return new Done(
                claims.integer("size"), ContentDigest.parseCanonical(claims.text("digest")), claims.instant("at"));
    }
}
