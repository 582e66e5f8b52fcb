package io.github.uploadreceipts.problem;

import java.util.Locale;

/**
 * Every kind of refusal, with its HTTP status. The URI of each is stable: clients may branch on it.
 *
 * <p>The page to which the URIs lead is generated from the comments below ({@code docs/problems.md}, by a test). Each
 * has three paragraphs: when it happens, what to change, and whether trying again helps.
 */
public enum ProblemType {
    /**
     * A header field or the body of a final request is missing, malformed, or contradicts another, as {@code detail} says.
     *
     * <p>What to change: the client, as the {@code detail} says. If it speaks of an array or an element, compare the
     * body with the settings {@code json-array} and {@code json-receipt}.
     *
     * <p>Trying again helps: no, the same request is refused again.
     */
    MALFORMED_REQUEST(400, "The request is malformed"),

    /**
     * A {@code multipart/form-data} body does not follow RFC 7578: its boundary, or the header of a part.
     *
     * <p>What to change: let the browser or an HTTP library write the form. A script that sends a {@code FormData} must
     * not set {@code Content-Type} itself, because the boundary belongs to it.
     *
     * <p>Trying again helps: no, the same request is refused again.
     */
    MALFORMED_MULTIPART(400, "The multipart body is malformed"),

    /**
     * The body ended before its {@code Content-Length} or its final boundary, usually because the connection broke.
     * Nothing of the request is stored; a resumable upload keeps what it has acknowledged. In tus the status is 423.
     *
     * <p>What to change: nothing, if the connection broke. Otherwise the client's length or boundary is wrong.
     *
     * <p>Trying again helps: yes. A resumable upload continues from the {@code Upload-Offset} that HEAD returns.
     */
    INCOMPLETE_BODY(400, "The body ended too early"),

    /**
     * {@code Upload-Length} is not what an earlier request said, or not the number of bytes that came. In the IETF's
     * protocol, an upload with more bytes than that is gone, and nothing is appended to one that is complete.
     *
     * <p>What to change: the client. A file must not change while it is uploaded.
     *
     * <p>Trying again helps: no, the same request is refused again.
     */
    LENGTH_MISMATCH(400, "The upload has another length"),

    /**
     * The policy is {@code signed-in}, and the container knows no user for this request.
     *
     * <p>What to change: send the session's cookie along; a page of another origin needs {@code credentials: "include"}
     * in its script and the setting {@code allow-credentials}. If signed-in users get this, put their authentication
     * before the upload filter, or use tickets or a policy of your own.
     *
     * <p>Trying again helps: no, sign in first.
     */
    NOT_SIGNED_IN(401, "Sign in first"),

    /**
     * A request to a path that only hosts use came without a valid peer token. Clients see this only if they call one.
     *
     * <p>What to change: the hosts. All need the same key ring and clocks that differ by less than a minute, and a
     * host's {@code internal-url} must not change while its receipts are valid. The refusing host logs the reason.
     *
     * <p>Trying again helps: no, not before the hosts are changed.
     */
    PEER_TOKEN_REFUSED(401, "The peer token is not accepted"),

    /**
     * An upload needs a ticket, and none came before the first file.
     *
     * <p>What to change: send the ticket as {@code Authorization: Bearer}, as {@code Upload-Ticket}, or in the form
     * field {@code ticket}, which must stand before the file field.
     *
     * <p>Trying again helps: no, send a ticket along.
     */
    TICKET_REQUIRED(401, "An upload ticket is needed"),

    /**
     * The ticket is not one of this fleet, was changed or cut off, was signed by a key that is not in the key ring, has
     * an unknown or wrong claim, or is another user's.
     *
     * <p>What to change: mint it with the fleet's current key ring, and only the README's claims. The host's log says more.
     *
     * <p>Trying again helps: no, ask the application for another ticket.
     */
    TICKET_INVALID(401, "The upload ticket is not valid"),

    /**
     * The ticket has expired ({@code exp}, checked when an upload starts), or its uploads would have ({@code until}).
     *
     * <p>What to change: fetch a ticket shortly before the upload, or mint tickets that live longer. If new tickets are
     * refused, compare the clocks of the hosts and of the back end that mints.
     *
     * <p>Trying again helps: no, ask the application for another ticket.
     */
    TICKET_EXPIRED(401, "The upload ticket has expired"),

    /**
     * The share link needs a password, and the request has none or a wrong one.
     *
     * <p>What to change: send it as HTTP Basic with any user name ({@code curl -u :password}), or open the link in a
     * browser, whose page asks for it.
     *
     * <p>Trying again helps: yes, with the password.
     */
    PASSWORD_REQUIRED(401, "A password is needed"),

    /**
     * A message to finish a hand-over is not signed by the receiver of its webhook, or has a {@code webhook-id} or a
     * {@code webhook-timestamp} that is not right, as {@code detail} says.
     *
     * <p>What to change: the receiver. It signs what it sends, with the secret of its URL ({@code hand-over-secret} prints
     * it), under the {@code webhook-id} that it got, and the present time. Its clock may differ by five minutes.
     *
     * <p>Trying again helps: no, not before the receiver is changed.
     */
    SIGNATURE_INVALID(401, "The signature is not valid"),

    /**
     * The request is not permitted: the application's policy says no; a final request brings a file and
     * {@code files-policy} is not set; a partial upload is another user's; or something is appended to a concatenation.
     *
     * <p>What to change: what the {@code detail} says. If there is none, the application's own policy decided.
     *
     * <p>Trying again helps: no.
     */
    FORBIDDEN(403, "This is not allowed"),

    /**
     * There is no such upload: its URL or share link is not one of this fleet, or was changed or cut off. Paths that only hosts use
     * give this to everybody else: outside of {@code peer-addresses}, or with a field such as {@code X-Forwarded-For}.
     * Or clients cannot send files straight to the store of this host, as the {@code detail} then says.
     *
     * <p>What to change: a client creates the upload anew. If hosts get this from each other, list their addresses in
     * {@code peer-addresses}, and let front servers add no forwarding fields between hosts, as the README shows.
     *
     * <p>Trying again helps: no.
     */
    NOT_FOUND(404, "There is nothing here"),

    /**
     * The URL does not support this method. {@code Allow} lists those that it supports. In tus the status is 404 if the
     * URL is not an upload's.
     *
     * <p>What to change: create uploads by POST or PUT to the path of the upload filter, and use HEAD, PATCH and DELETE
     * for the URL of a resumable upload.
     *
     * <p>Trying again helps: no.
     */
    METHOD_NOT_ALLOWED(405, "The method is not allowed here"),

    /**
     * The body paused for longer than {@code idle-timeout}, brought fewer bytes per second than
     * {@code min-bytes-per-second}, or was not complete within {@code deadline} (a final request without files:
     * {@code body-deadline}). In tus the status is 423.
     *
     * <p>What to change: use resumable uploads where connections are bad; raise the limit if honest users meet it.
     *
     * <p>Trying again helps: yes. A resumable upload continues from the {@code Upload-Offset} that HEAD returns.
     */
    TOO_SLOW(408, "The body arrived too slowly"),

    /**
     * A PATCH does not begin where the upload ends, at {@code Upload-Offset} and {@code limit}; see {@code actual}.
     *
     * <p>What to change: continue from that offset, or ask for it with HEAD first.
     *
     * <p>Trying again helps: yes, from the right offset.
     */
    OFFSET_MISMATCH(409, "The upload continues at another offset"),

    /**
     * A final upload names an upload that is not complete, or that was not created as a partial one. Or the events of an
     * upload are asked for that is not complete. Or an upload is recorded whose bytes have not come to the store.
     *
     * <p>What to change: complete all partial uploads, and concatenate them then. Ask for events once there is a receipt.
     * Record an upload when the store has responded to its bytes.
     *
     * <p>Trying again helps: yes, once they are complete.
     */
    NOT_FINISHED(409, "An upload is not complete yet"),

    /**
     * An upload of a final request is used under another claim, such as another order. {@code errors} says which.
     *
     * <p>What to change: upload the file again for another order. An order that is repeated must bring the same claim.
     *
     * <p>Trying again helps: no, except under the claim that used it first.
     */
    ALREADY_CLAIMED(409, "The upload is already used under another claim"),

    /**
     * An upload into this slot of the ticket has begun, is stored, or was discarded on this host; or all 16 places for
     * partial uploads in this slot are taken.
     *
     * <p>What to change: name a free slot in {@code Upload-Slot} or the field {@code slot}, or ask for more files.
     *
     * <p>Trying again helps: no, unless the upload that has begun fails.
     */
    SLOT_TAKEN(409, "This slot of the ticket is already used"),

    /**
     * A party has finished a hand-over that does not wait for it: it has said otherwise before, or another part of the
     * application is told first, or has refused the upload, or the name is that of none.
     *
     * <p>What to change: the application. It finishes each upload once, under the name that it was told by.
     *
     * <p>Trying again helps: no, unless the party is told of the upload later.
     */
    NOT_WAITING(409, "The hand-over does not wait for this"),

    /**
     * The upload is no longer there: it was discarded after use, terminated by its client, purged, or has expired. Or
     * its share link has expired, was revoked, or has given all its downloads.
     * In tus the status is 404.
     *
     * <p>What to change: upload the file again. {@code time-to-live} or the ticket's {@code until} gives users more time.
     *
     * <p>Trying again helps: no.
     */
    UPLOAD_GONE(410, "The upload is gone"),

    /**
     * {@code Tus-Resumable} is missing or is not {@code 1.0.0}, or the store of this host takes no resumable uploads.
     *
     * <p>What to change: use a client that speaks tus 1.0.0. A client of your own sends the field with every request.
     *
     * <p>Trying again helps: no.
     */
    VERSION_NOT_SUPPORTED(412, "This version of the protocol is not supported"),

    /**
     * The file has more bytes than {@code max-file-size} or the ticket permits, or than its {@code Upload-Length} says.
     * {@code limit} is that bound; {@code actual} is the size that was announced, or had come by then.
     *
     * <p>What to change: choose a smaller file, or raise the setting or the ticket's size.
     *
     * <p>Trying again helps: no.
     */
    FILE_TOO_LARGE(413, "The file is too large"),

    /**
     * The body has more bytes than {@code max-request-size}, or, where a final request brings no files, than
     * {@code max-body-size}. Or its fields need more memory than {@code max-bytes-in-memory}.
     *
     * <p>What to change: send fewer files in a request. Each file may come in a request of its own; their receipts
     * still go into one final request. Give a host that must take larger forms more heap.
     *
     * <p>Trying again helps: no.
     */
    REQUEST_TOO_LARGE(413, "The request is too large"),

    /**
     * The request has more files than {@code max-files}, the ticket has no more slots, the batch has no more places, or
     * a concatenation has more than 64 partial uploads.
     *
     * <p>What to change: send the other files in further requests, or ask for a ticket or a batch for more files.
     *
     * <p>Trying again helps: no.
     */
    TOO_MANY_FILES(413, "There are too many files"),

    /**
     * Something other than the files is too large: a form's fields and part headers together ({@code max-field-bytes};
     * in a final request {@code max-body-size}), the header of one part (8 KiB), the number of parts (4,000) or of
     * urlencoded fields (10,000), {@code Upload-Metadata} (2,048 characters), or the file's name together with the
     * application's context, which both go into a receipt of at most 3 KiB.
     *
     * <p>What to change: send fewer or shorter fields, or raise {@code max-body-size} for very many receipts.
     *
     * <p>Trying again helps: no.
     */
    FIELDS_TOO_LARGE(413, "The form's fields are too large"),

    /**
     * The ticket does not permit files of this media type. The {@code detail} lists those that it permits. A file's
     * type is what the client says: {@code Content-Type} of the part or the request, {@code filetype} in
     * {@code Upload-Metadata}.
     *
     * <p>What to change: choose another file, let the client say the type, or mint tickets with more types.
     *
     * <p>Trying again helps: no.
     */
    TYPE_NOT_ACCEPTED(415, "Files of this type are not accepted"),

    /**
     * The body has a {@code Content-Encoding} or a {@code Content-Transfer-Encoding}; is multipart, but not
     * {@code form-data} by POST, or nested; is a page's form without its files; or is that of a PATCH and not
     * {@code application/offset+octet-stream}.
     *
     * <p>What to change: give the form {@code enctype="multipart/form-data"}, or send a file as the README lists.
     *
     * <p>Trying again helps: no.
     */
    UNSUPPORTED_CONTENT(415, "This kind of content is not accepted"),

    /**
     * The ticket is for a file of exactly {@code limit} bytes, or so many were announced for the store, and this one has
     * {@code actual}.
     *
     * <p>What to change: choose the file for which the ticket was minted, or ask for a ticket for this one.
     *
     * <p>Trying again helps: no.
     */
    SIZE_MISMATCH(422, "The file does not have the size that is required"),

    /**
     * The ticket, or the {@code Repr-Digest} of the request that created the upload, names the file's SHA-256 digest,
     * and the bytes that came have another. None of them is kept.
     *
     * <p>What to change: choose the file that was meant, or ask for another ticket if it was changed since.
     *
     * <p>Trying again helps: yes, if it is the right file: its bytes were then damaged on their way.
     */
    DIGEST_MISMATCH(422, "The file does not have the digest that is required"),

    /**
     * The application was told of the upload by hand-over, and has refused it. Nobody can use it.
     *
     * <p>What to change: upload another file. The application has said why, to the page that uploaded this one.
     *
     * <p>Trying again helps: no.
     */
    UPLOAD_REFUSED(422, "The application has refused the upload"),

    /**
     * At least one receipt of a final request is refused, and so the request is refused as a whole. {@code errors} has
     * an entry for each of them: its {@code index} in the request, counted from 0, and one of the types below.
     *
     * <p>What to change: what the types below say. The other receipts stay valid.
     *
     * <p>Trying again helps: no, not with the same receipts.
     */
    RECEIPTS_REFUSED(422, "Not every receipt is accepted"),

    /**
     * A newer request about the same resumable upload has taken its place, or another process on this host has it open.
     *
     * <p>What to change: let one client at a time upload a file.
     *
     * <p>Trying again helps: yes, from the {@code Upload-Offset} that HEAD returns, unless another client goes on.
     */
    TAKEN_OVER(423, "Another request continues this upload"),

    /**
     * The application was told of the upload by hand-over, and is not done with it: a scanner may still check it. So it
     * can be neither used nor downloaded.
     *
     * <p>What to change: nothing in the client. If it stays so, look at the part of the application that is told last:
     * the host's log and metrics name it. What may use uploads before that asks for it by {@code acceptUnfinished}.
     *
     * <p>Trying again helps: yes, after the seconds in {@code Retry-After}.
     */
    UPLOAD_UNFINISHED(425, "The upload is still being checked"),

    /**
     * Too many requests upload at once, or they have brought too many bytes, for one user or from one address
     * ({@code max-uploads-per-subject}, {@code max-bytes-per-address} and so on). Or too many resumable uploads have begun
     * and are not complete ({@code max-unfinished} and so on). An IPv6 address counts by its /64.
     *
     * <p>What to change: upload fewer files at once. Behind a front server all clients may share its address.
     *
     * <p>Trying again helps: yes, after the seconds in {@code Retry-After}.
     */
    TOO_MANY_UPLOADS(429, "Too many uploads at once"),

    /**
     * Too many wrong passwords came for a share link, or from one address. Whoever has a link can close it this way.
     *
     * <p>What to change: nothing but the password. The application can make another link.
     *
     * <p>Trying again helps: yes, after the seconds in {@code Retry-After}.
     */
    TOO_MANY_PASSWORDS(429, "Too many wrong passwords"),

    /**
     * The bytes of this request do not match its {@code Upload-Checksum}. None of them is kept.
     *
     * <p>What to change: nothing, unless it happens each time: then the client computes the checksum wrongly.
     *
     * <p>Trying again helps: yes, with the same bytes at the same offset.
     */
    CHECKSUM_MISMATCH(460, "The bytes do not match their checksum"),

    /**
     * A filter in front of the library's asked for a parameter, so the container read the body.
     *
     * <p>What to change: map {@code UploadGuard} in front of that filter, or send what it looks for in a header field.
     *
     * <p>Trying again helps: no, the same request is refused again.
     */
    BODY_READ_BEFORE(500, "The body was read before"),

    /**
     * The disk of this host failed, or something unexpected happened.
     *
     * <p>What to change: nothing in the client. An operator looks at the host's log, which says what, and the disk.
     *
     * <p>Trying again helps: yes, later or at another host.
     */
    STORAGE_FAILED(500, "The upload could not be stored"),

    /**
     * The host is stopping or drained, its clock is behind, its disk is not mounted or is read-only, other requests need
     * all of {@code max-bytes-in-memory}, or it gets no answer, or a wrong one, from another host: one that keeps an
     * upload, also of a final request ({@code errors} says which) or a concatenation. No upload is gone for that.
     *
     * <p>What to change: nothing in the client. Every application needs a {@code PeerFetcher}, and hosts must reach
     * each other's {@code internal-url}; the log says more. With {@code peers} set, a host that is drained, or whose disk
     * cannot be written, relays new uploads.
     *
     * <p>Trying again helps: yes, after the seconds in {@code Retry-After}.
     */
    UNAVAILABLE(503, "The host cannot do this now"),

    /**
     * The disk of this host is full, or lacks inodes; or the upload and those in flight would leave fewer bytes free than
     * {@code free-space-floor} requires (a resumable upload of which the host keeps bytes may use half of these).
     *
     * <p>What to change: nothing in the client. Free or add space or inodes, or set {@code peers}, to which a full host relays.
     *
     * <p>Trying again helps: yes, after the seconds in {@code Retry-After}, or at another host.
     */
    NO_SPACE(507, "There is no room for the upload"),

    // types of single receipts, in the errors of RECEIPTS_REFUSED

    /**
     * The receipt is not one of this fleet, was changed or cut off, was signed by a key that is no longer in the key
     * ring, is another user's, or is encrypted where receipts are not (or the reverse).
     *
     * <p>What to change: keep receipts as they are, and upload the file again. If all are refused: every host needs the
     * same key ring and the same {@code encrypt-receipts}; the final request needs the same signed-in user as the
     * uploads; and retired keys must be accepted for as long as receipts are valid ({@code rotate --retire}).
     *
     * <p>Trying again helps: no.
     */
    RECEIPT_INVALID(422, "The receipt is not valid"),

    /**
     * The receipt has expired, and its upload with it.
     *
     * <p>What to change: upload the file again. {@code time-to-live} or the ticket's {@code until} gives users more time.
     *
     * <p>Trying again helps: no.
     */
    RECEIPT_EXPIRED(422, "The receipt has expired"),

    /**
     * An earlier receipt in the same request is for the same upload.
     *
     * <p>What to change: send each receipt once.
     *
     * <p>Trying again helps: no, send it without this receipt.
     */
    RECEIPT_DUPLICATE(422, "The receipt was sent twice"),

    /**
     * The application asks for one complete batch, and this receipt is of no batch or of another one, has a place that
     * an earlier one has, or the number of receipts is not the batch's.
     *
     * <p>What to change: send all the receipts of the batch, and no others.
     *
     * <p>Trying again helps: no, send the complete batch.
     */
    RECEIPT_OUTSIDE_BATCH(422, "The receipts are not one complete batch"),

    /**
     * There are more receipts than {@code maxCount}, which is 1,000 by default. {@code index} is the first one too many.
     *
     * <p>What to change: send fewer receipts, or raise {@code maxCount} of the verifier.
     *
     * <p>Trying again helps: no.
     */
    RECEIPT_SURPLUS(422, "There are too many receipts"),

    /**
     * The uploads have more bytes together than {@code maxTotalSize}; {@code index} is the first one that exceeds it.
     *
     * <p>What to change: send fewer receipts, or raise {@code maxTotalSize} of the verifier.
     *
     * <p>Trying again helps: no.
     */
    RECEIPTS_TOO_LARGE(422, "The uploads are too large together");

    private static final String BASE = "https://uploadreceipts.github.io/problems#";

    private final int status;
    private final String title;

    ProblemType(int status, String title) {
        this.status = status;
        this.title = title;
    }

    /** Returns the HTTP status code. */
    public int status() {
        return status;
    }

    /** Returns a short sentence for people, the same for every occurrence. */
    public String title() {
        return title;
    }

    /** Returns the URI that names this type. */
    public String uri() {
        return BASE + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
