package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.http.HttpServletRequest;

/**
 * Who may upload, and what. There is no default: an application chooses {@link #signedIn}, {@link #anyone} or
 * {@link #ticket()}, or writes its own policy.
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
     * Returns what a request may upload. It is asked before the body is read, and looks at header fields, attributes
     * and the session. It must not ask for parameters, because the container would read the body for them.
     *
     * @throws UploadRefusedException if the request may not upload
     */
    UploadPermit permit(HttpServletRequest request) throws UploadRefusedException;

    /** Returns a policy that lets everybody upload within the limits. The receipts are bound to no user. */
    static UploadPolicy anyone(UploadLimits limits) {
        UploadPermit permit = UploadPermit.anyone(limits);
        return request -> permit;
    }

    /**
     * Returns a policy that requires a {@linkplain io.github.uploadreceipts.permit.UploadTicket ticket}, and permits
     * what both the ticket and the limits permit. A request shows its ticket in {@code Authorization: Bearer}, in
     * {@code Upload-Ticket}, or in the form field {@code ticket} before the first file.
     */
    static UploadPolicy ticket(UploadLimits limits) {
        UploadPermit permit = UploadPermit.byTicket(limits);
        return request -> permit;
    }

    /** Returns a policy that requires a ticket, which alone limits the size and the number of files. */
    static UploadPolicy ticket() {
        return ticket(UploadLimits.builder()
                .maxFileSize(Long.MAX_VALUE)
                .maxRequestSize(Long.MAX_VALUE)
                .maxFiles(Integer.MAX_VALUE)
                .build());
    }

    /** Returns a policy for users whom the container has signed in. Receipts are bound to {@code getRemoteUser()}. */
    static UploadPolicy signedIn(UploadLimits limits) {
        return request -> {
            String user = request.getRemoteUser();
            if (user == null || user.isEmpty()) {
                throw new UploadRefusedException(Problem.of(ProblemType.NOT_SIGNED_IN));
            }
            try {
                return UploadPermit.of(user, limits);
            } catch (IllegalArgumentException e) {
                throw new UploadRefusedException(Problem.of(
                        ProblemType.FORBIDDEN, "The user's name must be Unicode text of at most 256 bytes."));
            }
        };
    }
}
