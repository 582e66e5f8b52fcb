package io.github.uploadreceipts.permit;

import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.UploadId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an application permits beforehand: which files, by whom, until when.
 *
 * <pre>{@code
 * UploadTicket ticket = UploadTicket.builder(clock).subject(user).files(10).size(FileSize.atMost(20 << 20)).types("image/*").build();
 * String token = TicketIssuer.create(keyRing).issue(ticket);
 * }</pre>
 *
 * @param id 1 to 64 visible ASCII characters; tickets of one id whose uploads expire in one hour share their slots
 * @param subject the user to whom the receipts will be bound; 1 to 256 bytes
 * @param issuedAt whole seconds
 * @param expiresAt until when an upload may start; whole seconds
 * @param uploadsExpireAt until when its uploads can be fetched; whole seconds, after {@code expiresAt}
 * @param files how many, from 1 to 10,000: its slots are numbered from 0
 * @param size of each file; without one the host's own limit alone holds
 * @param types the media types that are accepted, such as {@code image/png} or {@code image/*}; all if empty, at most 32
 * @param digest what the file must have; for one file only
 * @param batch the place of slot 0 in a batch; further slots have the next places
 * @param context the application's own JSON object, of at most 1 KiB, for every receipt
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
        Optional<String> context) {

    private static final int MAX_FILES = 10_000;
    private static final int MAX_TYPES = 32;
    private static final Duration MAX_LIFE = Duration.ofDays(400);
    private static final Pattern ID = Pattern.compile("[!-~]{1,64}");
    private static final Pattern RANGE = Pattern.compile("[!#$%&'+.^_`|~0-9a-z-]+/(\\*|[!#$%&'+.^_`|~0-9a-z-]+)");

    /** Checks everything. */
    public UploadTicket {
        types = List.copyOf(types);
        require(ID.matcher(id).matches(), "the id is 1 to 64 visible ASCII characters");
        UploadReceipt.requireSubject(subject);
        UploadReceipt.requireContext(context);
        require(expiresAt.isAfter(issuedAt), "the ticket expires before it is issued");
        require(uploadsExpireAt.isAfter(expiresAt), "the uploads expire before the ticket does");
        require(!uploadsExpireAt.isAfter(issuedAt.plus(MAX_LIFE)), "uploads are kept for at most 400 days");
        require(files >= 1 && files <= MAX_FILES, "a ticket is for 1 to " + MAX_FILES + " files");
        require(types.size() <= MAX_TYPES, "there are at most " + MAX_TYPES + " types");
        require(types.stream().allMatch(type -> RANGE.matcher(type).matches()), "a type is like image/png or image/*");
        require(digest.isEmpty() || files == 1, "a digest is of one file");
        require(
                batch.isEmpty()
                        || batch.get().sequence() + files - 1 <= batch.get().count(),
                "the batch is smaller than the ticket");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** Returns whether a file of that media type may be uploaded. Parameters of the type do not count. */
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

    /** Says one by one what a ticket permits: by default one file, begun within an hour, kept for a day. */
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

        /**
         * Returns the ticket.
         *
         * @throws IllegalArgumentException if it permits nothing, or more than tickets can
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
                    Optional.ofNullable(context));
        }
    }
}
