package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.permit.FileSize;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

/**
 * What an upload-request link says.
 *
 * @param id names the link in the context of each receipt; 1 to 64 visible ASCII characters
 * @param receiver the user to whom the receipts are bound; 1 to 255 bytes
 * @param title 1 to 150 bytes
 * @param words for the page; 1 to 500 bytes
 * @param askedBy who asks, as the page says it; 1 to 100 bytes
 * @param expiresAt when the link ends
 * @param keep for how long an upload is kept after its ticket has expired; whole seconds, up to 365 days
 * @param files how many files may be sent at once; 1 to 1,000
 * @param fileSize how many bytes a file may have at most, if the link says so
 * @param types the media types that are accepted; all if empty, at most 16, with 255 bytes together
 * @param password what a password must match, if one is needed
 * @param name whether the page asks for the sender's name
 * @param sealed whether uploads are sealed at rest, also in a store that keeps others plain
 * @param handOver where the application is told by a webhook that an upload is stored
 */
public record UploadRequestTerms(
        String id,
        String receiver,
        String title,
        Optional<String> words,
        Optional<String> askedBy,
        Instant expiresAt,
        Duration keep,
        int files,
        Optional<Long> fileSize,
        List<String> types,
        Optional<PasswordVerifier> password,
        SenderName name,
        boolean sealed,
        Optional<URI> handOver) {

    private static final int MAX_RECEIVER_BYTES = 255;
    private static final int MAX_TITLE_BYTES = 150;
    private static final int MAX_WORDS_BYTES = 500;
    private static final int MAX_ASKED_BY_BYTES = 100;
    private static final int MAX_TYPES = 16;
    private static final int MAX_TYPES_BYTES = 255;
    private static final int MAX_FILES = 1_000;
    private static final Duration MAX_KEEP = Duration.ofDays(365);

    /** Whether the page asks for the sender's name. */
    public enum SenderName {
        OPTIONAL,
        REQUIRED,
        NOT_ASKED
    }

    /** Checks each component. */
    public UploadRequestTerms {
        types = List.copyOf(types);
        requireBytes("the receiver", receiver, MAX_RECEIVER_BYTES);
        UploadReceipt.requireSubject(Optional.of(receiver));
        requireBytes("the title", title, MAX_TITLE_BYTES);
        words.ifPresent(text -> requireBytes("the text", text, MAX_WORDS_BYTES));
        askedBy.ifPresent(text -> requireBytes("who asks", text, MAX_ASKED_BY_BYTES));
        require(
                keep.toSeconds() >= 1 && keep.compareTo(MAX_KEEP) <= 0,
                "keptFor is " + keep + ", but must be from 1 second to " + MAX_KEEP.toDays() + " days");
        require(files >= 1 && files <= MAX_FILES, "files is " + files + ", but must be 1 to " + MAX_FILES);
        require(types.size() <= MAX_TYPES, "there are " + types.size() + " types, more than " + MAX_TYPES);
        requireBytes("the list of types", "." + String.join("", types), MAX_TYPES_BYTES);
        // the ticket checks what it takes from the link
        var unused = ticket(id, receiver, keep, fileSize, types, handOver, Instant.EPOCH, Instant.EPOCH.plusSeconds(1))
                .build();
    }

    private static void requireBytes(String name, String text, int most) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        require(!text.isBlank() && bytes <= most, name + " has " + bytes + " bytes, but must have 1 to " + most);
        require(StandardCharsets.UTF_8.newEncoder().canEncode(text), name + " is not Unicode text");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** Returns a ticket for one file. */
    UploadTicket.Builder ticket(Instant issuedAt, Instant ticketExpiresAt) {
        UploadTicket.Builder ticket = ticket(id, receiver, keep, fileSize, types, handOver, issuedAt, ticketExpiresAt);
        return sealed ? ticket.sealed() : ticket;
    }

    private static UploadTicket.Builder ticket(
            String id,
            String receiver,
            Duration keep,
            Optional<Long> fileSize,
            List<String> types,
            Optional<URI> handOver,
            Instant issuedAt,
            Instant expiresAt) {
        UploadTicket.Builder ticket = UploadTicket.builder(Clock.fixed(issuedAt, ZoneOffset.UTC))
                .id(id)
                .subject(receiver)
                .types(types.toArray(String[]::new))
                .expiresAt(expiresAt)
                .uploadsExpireAt(expiresAt.plus(keep));
        fileSize.ifPresent(bytes -> ticket.size(FileSize.atMost(bytes)));
        handOver.ifPresent(ticket::handOver);
        return ticket;
    }

    /** Shows the link's id only. */
    @Override
    public String toString() {
        return "UploadRequestTerms[" + id + "]";
    }
}
