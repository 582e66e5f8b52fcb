package io.github.uploadreceipts.internal.peer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.token.BoundClaims;
import io.github.uploadreceipts.internal.token.ClaimReader;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.Batch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;

/** Writes permits and limits as JSON, for peers and for the state of resumable uploads, and reads them. */
public final class PermitClaims {

    private static final StrictJson JSON = StrictJson.ofDepth(4);
    private static final String SEALED = "sealed";

    private PermitClaims() {}

    /** Returns a permit as JSON. It does not contain a ticket, which the client shows again. */
    public static String write(UploadPermit permit) {
        ObjectNode claims = StrictJson.object().put("ticketRequired", permit.ticketRequired());
        claims.set("limits", write(permit.limits()));
        BoundClaims.write(claims, permit.subject(), permit.batch(), permit.context());
        return claims.toString();
    }

    /** Returns a permit for uploads that may only be stored sealed, as JSON. */
    public static String writeForSealed(UploadPermit permit) {
        return parse(write(permit)).put(SEALED, true).toString();
    }

    /**
     * Returns whether a permit is for uploads that may only be stored sealed.
     *
     * @throws IllegalArgumentException if it is malformed
     */
    public static boolean requiresSeal(String json) {
        ClaimReader claims = new ClaimReader(parse(json));
        return claims.has(SEALED) && claims.flag(SEALED);
    }

    private static ObjectNode parse(String json) {
        try {
            return JSON.parseObject(json.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalArgumentException("the permit is malformed", e);
        }
    }

    /**
     * Reads a permit that {@link #write(UploadPermit)} wrote.
     *
     * @throws IllegalArgumentException if anything is missing or wrong
     */
    public static UploadPermit read(String json) {
        try {
            ClaimReader claims = new ClaimReader(parse(json));
            return new UploadPermit(
                    claims.optionalText("sub"),
                    readLimits(claims.object("limits")),
                    claims.batch(Batch::new),
                    claims.context(),
                    claims.flag("ticketRequired"));
        } catch (DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException("the permit is malformed", e);
        }
    }

    /** Returns limits as JSON. */
    public static ObjectNode write(UploadLimits limits) {
        return StrictJson.object()
                .put("maxFileSize", limits.maxFileSize())
                .put("maxRequestSize", limits.maxRequestSize())
                .put("maxFiles", limits.maxFiles())
                .put("maxFieldBytes", limits.maxFieldBytes())
                .put("maxUploadsPerSubject", limits.maxUploadsPerSubject())
                .put("maxBytesPerSubject", limits.maxBytesPerSubject())
                .put("maxUploadsPerAddress", limits.maxUploadsPerAddress())
                .put("maxBytesPerAddress", limits.maxBytesPerAddress())
                .put("maxUnfinishedPerSubject", limits.maxUnfinishedPerSubject())
                .put("maxUnfinishedPerAddress", limits.maxUnfinishedPerAddress())
                .put("maxUnfinished", limits.maxUnfinished())
                .put("freeSpaceFloor", limits.freeSpaceFloor())
                .put("idleTimeout", limits.idleTimeout().toString())
                .put("minBytesPerSecond", limits.minBytesPerSecond())
                .put("deadline", limits.deadline().toString());
    }

    /** Reads limits that {@link #write(UploadLimits)} wrote. Throws what {@link ClaimReader} throws. */
    public static UploadLimits readLimits(ClaimReader claims) {
        return new UploadLimits(
                claims.integer("maxFileSize"),
                claims.integer("maxRequestSize"),
                claims.count("maxFiles"),
                claims.count("maxFieldBytes"),
                claims.count("maxUploadsPerSubject"),
                claims.integer("maxBytesPerSubject"),
                claims.count("maxUploadsPerAddress"),
                claims.integer("maxBytesPerAddress"),
                claims.count("maxUnfinishedPerSubject"),
                claims.count("maxUnfinishedPerAddress"),
                claims.count("maxUnfinished"),
                claims.integer("freeSpaceFloor"),
                Duration.parse(claims.text("idleTimeout")),
                claims.integer("minBytesPerSecond"),
                Duration.parse(claims.text("deadline")));
    }
}
