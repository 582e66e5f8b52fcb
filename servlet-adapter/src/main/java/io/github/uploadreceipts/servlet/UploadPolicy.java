package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.http.HttpServletRequest;

/**
 * Who may upload, and what. There is no default: an application says {@link #signedIn}, {@link #anyone},
 * {@link #ticket()}, or its own.
 *
 * <pre>{@code
 * UploadPolicy members = request -> {
 *     Member member = members.find(request).orElseThrow(() -> new UploadRefusedException(Problem.of(FORBIDDEN)));
 *     return UploadPermit.of(member.id(), member.isTrusted() ? generous : strict);
 * };
 * }</pre>
 */
@FunctionalInterface
public interface UploadPolicy {

    /**
     * Decides on a request before its body is read. Reads headers, attributes and the session; never parameters, for which
     * the container would read the body.
     *
     * @throws UploadRefusedException if the request may not upload
     */
    UploadPermit permit(HttpServletRequest request) throws UploadRefusedException;

    /** Returns a policy that lets everybody upload within the limits. The receipts are bound to nobody. */
    static UploadPolicy anyone(UploadLimits limits) {
        UploadPermit permit = UploadPermit.anyone(limits);
        return request -> permit;
    }

    /**
     * Returns a policy that lets those upload who show a {@linkplain io.github.uploadreceipts.permit.UploadTicket ticket},
     * within what it says and within the limits: in {@code Authorization: Bearer}, in {@code Upload-Ticket}, or in a form's
     * field {@code ticket} before its first file.
     */
    static UploadPolicy ticket(UploadLimits limits) {
        UploadPermit permit = UploadPermit.byTicket(limits);
        return request -> permit;
    }

    /** Returns the same with no limits on sizes and counts but the ticket's. */
    static UploadPolicy ticket() {
        return ticket(UploadLimits.builder()
                .maxFileSize(Long.MAX_VALUE)
                .maxRequestSize(Long.MAX_VALUE)
                .maxFiles(Integer.MAX_VALUE)
                .build());
    }

    /** Returns a policy that lets users upload whom the container knows; receipts are bound to {@code getRemoteUser()}. */
    static UploadPolicy signedIn(UploadLimits limits) {
        return request -> {
            String user = request.getRemoteUser();
            if (user == null || user.isEmpty()) {
                throw new UploadRefusedException(Problem.of(ProblemType.NOT_SIGNED_IN));
            }
            try {
                return UploadPermit.of(user, limits);
            } catch (IllegalArgumentException e) {
                throw new UploadRefusedException(Problem.of(ProblemType.FORBIDDEN, "The user's name is too long."));
            }
        };
    }
}
