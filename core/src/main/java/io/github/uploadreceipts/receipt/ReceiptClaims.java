package io.github.uploadreceipts.receipt;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.http.ContentDigest;
import io.github.uploadreceipts.http.FileName;
import io.github.uploadreceipts.json.StrictJson;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.token.ClaimReader;

/** A receipt as a token's claims, and back. */
final class ReceiptClaims {

    static final String AUDIENCE = "receipts";

    private ReceiptClaims() {}

    static ObjectNode write(UploadReceipt receipt) {
        ObjectNode claims = StrictJson.object()
                .put("jti", receipt.id().toString())
                .put("name", receipt.name())
                .put("type", receipt.type())
                .put("size", receipt.size())
                .put("digest", receipt.digest().toString());
        var locations = claims.putArray("loc");
        receipt.locations().forEach(location -> locations.add(location.toString()));
        receipt.subject().ifPresent(subject -> claims.put("sub", subject));
        receipt.batch().ifPresent(batch -> {
            claims.putObject("batch").put("id", batch.id()).put("count", batch.count());
            claims.put("seq", batch.sequence());
        });
        receipt.context().ifPresent(context -> claims.set("ctx", ClaimReader.parseContext(context)));
        return claims;
    }

    /** @throws IllegalArgumentException if a claim is missing or not what {@link #write} writes */
    static UploadReceipt read(ClaimReader claims) {
        return new UploadReceipt(
                UploadId.parse(claims.text("jti")),
                // the issuer's JDK may know another Unicode than ours, so its safe name may not be ours
                FileName.safe(claims.text("name")),
                claims.text("type"),
                claims.integer("size"),
                ContentDigest.parseCanonical(claims.text("digest")),
                claims.texts("loc").stream().map(Location::parse).toList(),
                claims.optionalText("sub"),
                claims.instant("iat"),
                claims.instant("exp"),
                claims.batch(Batch::new),
                claims.context());
    }
}
