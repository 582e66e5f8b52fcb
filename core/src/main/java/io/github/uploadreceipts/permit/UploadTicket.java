package io.github.uploadreceipts.permit;

import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an application permits in advance: which files, by whom, until when.
 *
 * <pre>{@code
 * UploadTicket ticket = UploadTicket.builder(clock)
 *         .subject(user)
 *         .files(10)
 *         .size(FileSize.atMost(20 << 20))
 *         .types("image/*")
 *         .build();
 * String token = TicketIssuer.create(keyRing).issue(ticket);
 * }</pre>
 *
 * @param id 1 to 64 visible ASCII characters; tickets with the same id whose uploads expire in the same hour share
 *     their slots
 * @param subject the user to whom the receipts will be bound; 1 to 256 bytes
 * @param issuedAt whole seconds
 * @param expiresAt until when an upload may start; whole seconds
 * @param uploadsExpireAt until when its uploads can be fetched; whole seconds, after {@code expiresAt}
 * @param files how many files, from 1 to 10,000; each has a slot, numbered from 0
 * @param size the size of each file; if empty, only the host's own limit applies
 * @param types the media types that are accepted, such as {@code image/png} or {@code image/*}; all if empty, at most
 *     32
 * @param digest the digest that the file must have; only if the ticket is for one file
 * @param batch the place of slot 0 in a batch; further slots have the next places
 * @param context the application's own JSON object, of at most 1 KiB, for every receipt
 * @param sealed whether its uploads are sealed at rest, also in a store that keeps others plain; the hosts must encrypt
 *     receipts
 * @param handOver where the application is told by a webhook that an upload is stored; an absolute http or https URL of
 *     at most 512 characters, without user and fragment
 */
public record UploadTicket(
        String id,
        Optional<String> subject,
        Instant issuedAt,
        Instant expiresAt,
        Instant uploadsExpireAt,
        int files,
        Optional<FileSize> size,
        List<String> types,
        Optional<ContentDigest> digest,
        Optional<Batch> batch,
        Optional<String> context,
        boolean sealed,
        Optional<URI> handOver) {

    private static final int MAX_FILES = 10_000;
    private static final int MAX_TYPES = 32;
    private static final int MAX_URL = 512;
    private static final Duration MAX_LIFE = Duration.ofDays(400);
    private static final Pattern ID = Pattern.compile("[!-~]{1,64}");
    private static final Pattern RANGE = Pattern.compile("[!#$%&'+.^_`|~0-9a-z-]+/(\\*|[!#$%&'+.^_`|~0-9a-z-]+)");

    /** Checks each component. */
    public UploadTicket {
        types = List.copyOf(types);
        require(
                ID.matcher(id).matches(),
                () -> "a ticket's id must be 1 to 64 visible ASCII characters, without spaces; this one has "
                        + id.length() + " characters");
        UploadReceipt.requireSubject(subject);
        UploadReceipt.requireContext(context);
        require(
                expiresAt.isAfter(issuedAt),
                () -> "the ticket expires at " + expiresAt + ", but must expire after it is issued, at " + issuedAt);
        require(
                uploadsExpireAt.isAfter(expiresAt),
                () -> "the uploads expire at " + uploadsExpireAt + ", but must expire after the ticket, at "
                        + expiresAt);
        require(
                !uploadsExpireAt.isAfter(issuedAt.plus(MAX_LIFE)),
                () -> "the uploads expire at " + uploadsExpireAt + ", but must expire within " + MAX_LIFE.toDays()
                        + " days after the ticket is issued, at " + issuedAt);
        require(
                files >= 1 && files <= MAX_FILES,
                () -> "the ticket is for " + files + " files, but must be for 1 to " + MAX_FILES);
        requireTypes(types);
        handOver.ifPresent(UploadTicket::requireWebhook);
        require(
                digest.isEmpty() || files == 1,
                () -> "the ticket has a digest and is for " + files
                        + " files, but a digest is possible for 1 file only");
        require(
                batch.isEmpty()
                        || batch.get().sequence() + files - 1 <= batch.get().count(),
                () -> "the ticket is for " + files + " files, but its batch has "
                        + batch.map(Batch::count).orElse(0) + " places, and the first file has place "
                        + batch.map(Batch::sequence).orElse(0));
    }

    private static void requireWebhook(URI url) {
        boolean web = "https".equals(url.getScheme()) || "http".equals(url.getScheme());
        require(
                web && url.getHost() != null && url.getRawUserInfo() == null && url.getRawFragment() == null,
                () -> "the hand-over URL must be an absolute http or https URL without user and fragment");
        require(
                url.toString().length() <= MAX_URL && url.toString().chars().allMatch(c -> c < 128),
                () -> "the hand-over URL must have at most " + MAX_URL + " ASCII characters");
    }

    private static void requireTypes(List<String> types) {
        require(
                types.size() <= MAX_TYPES,
                () -> "the ticket has " + types.size() + " types, but may have at most " + MAX_TYPES);
        for (String type : types) {
            require(
                    RANGE.matcher(type).matches(),
                    () -> "'" + type + "' is not a media type in lower case, such as image/png or image/*");
        }
    }

    private static void require(boolean condition, Supplier<String> otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise.get());
        }
    }

    /** Returns whether a file of that media type may be uploaded. Parameters of the type are ignored. */
    public boolean accepts(String mediaType) {
        String essence =
                MediaType.parse(mediaType).orElse(MediaType.OCTET_STREAM).essence();
        String group = essence.substring(0, essence.indexOf('/')) + "/*";
        return types.isEmpty() || types.contains(essence) || types.contains(group);
    }

    /** Returns a builder for a ticket issued now. */
    public static Builder builder(Clock clock) {
        return new Builder(clock.instant().truncatedTo(ChronoUnit.SECONDS));
    }

    /**
     * Builds a ticket. By default it is for one file, whose upload starts within an hour, and which is kept for a day.
     */
    public static final class Builder {

        private final Instant issuedAt;
        private String id = UploadId.random().toString();
        private @Nullable String subject;
        private Instant expiresAt;
        private Instant uploadsExpireAt;
        private int files = 1;
        private @Nullable FileSize size;
        private List<String> types = List.of();
        private @Nullable ContentDigest digest;
        private @Nullable Batch batch;
        private @Nullable String context;
        private boolean sealed;
        private @Nullable URI handOver;

        private Builder(Instant issuedAt) {
            this.issuedAt = issuedAt;
            this.expiresAt = issuedAt.plus(Duration.ofHours(1));
            this.uploadsExpireAt = issuedAt.plus(Duration.ofDays(1));
        }

        /** See {@link UploadTicket#id}; random by default. */
        public Builder id(String value) {
            id = value;
            return this;
        }

        /** See {@link UploadTicket#subject}; nobody by default. */
        public Builder subject(String value) {
            subject = value;
            return this;
        }

        /** See {@link UploadTicket#expiresAt}; in an hour by default. */
        public Builder expiresAt(Instant value) {
            expiresAt = value.truncatedTo(ChronoUnit.SECONDS);
            return this;
        }

        /** See {@link UploadTicket#uploadsExpireAt}; in 24 hours by default. */
        public Builder uploadsExpireAt(Instant value) {
            uploadsExpireAt = value.truncatedTo(ChronoUnit.SECONDS);
            return this;
        }

        /** See {@link UploadTicket#files}; one by default. */
        public Builder files(int count) {
            files = count;
            return this;
        }

        /** See {@link UploadTicket#size}. */
        public Builder size(FileSize value) {
            size = value;
            return this;
        }

        /** See {@link UploadTicket#types}. */
        public Builder types(String... values) {
            types = List.of(values);
            return this;
        }

        /** See {@link UploadTicket#digest}. */
        public Builder digest(ContentDigest value) {
            digest = value;
            return this;
        }

        /** See {@link UploadTicket#batch}. */
        public Builder batch(Batch first) {
            batch = first;
            return this;
        }

        /** See {@link UploadTicket#context}. */
        public Builder context(String json) {
            context = json;
            return this;
        }

        /** See {@link UploadTicket#sealed}; as the store keeps uploads by default. */
        public Builder sealed() {
            sealed = true;
            return this;
        }

        /** See {@link UploadTicket#handOver}; nowhere by default. */
        public Builder handOver(URI webhook) {
            handOver = webhook;
            return this;
        }

        /**
         * Returns the ticket.
         *
         * @throws IllegalArgumentException if it would permit nothing, or more than a ticket can; the message says what
         */
        public UploadTicket build() {
            return new UploadTicket(
                    id,
                    Optional.ofNullable(subject),
                    issuedAt,
                    expiresAt,
                    uploadsExpireAt,
                    files,
                    Optional.ofNullable(size),
                    types,
                    Optional.ofNullable(digest),
                    Optional.ofNullable(batch),
                    Optional.ofNullable(context),
                    sealed,
                    Optional.ofNullable(handOver));
        }
    }
}
