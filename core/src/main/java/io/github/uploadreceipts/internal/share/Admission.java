package io.github.uploadreceipts.internal.share;

import java.util.Optional;

/**
 * The permission to use a share link for one request.
 *
 * @param terms what the link says
 * @param pass what the client may send in place of the password for the next ten minutes, if it has just given it
 * @param lease what the client may send to continue a download that was counted just now, for an hour
 */
public record Admission(LinkTerms terms, Optional<String> pass, Optional<String> lease) {

    /** Shows the upload id only. */
    @Override
    public String toString() {
        return "Admission[" + terms.upload().id() + "]";
    }
}
