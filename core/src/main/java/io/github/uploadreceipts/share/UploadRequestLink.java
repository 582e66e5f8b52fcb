package io.github.uploadreceipts.share;

import io.github.uploadreceipts.internal.share.PasswordVerifier;
import io.github.uploadreceipts.internal.share.UploadRequestTerms;
import io.github.uploadreceipts.internal.share.UploadRequestTerms.SenderName;
import io.github.uploadreceipts.internal.share.UploadRequestTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * A link by which people send files to a user of the application.
 *
 * <pre>{@code
 * UploadRequestLink link = UploadRequestLink.to("ann")
 *         .title("Photos of the party")
 *         .askedBy("Ann Miller")
 *         .expiresIn(Duration.ofDays(7))
 *         .files(50)
 *         .types("image/*")
 *         .build();
 * String url = link.url(keyRing, "https://files.example.org/s/", Clock.systemUTC());
 * }</pre>
 *
 * <p>Who opens the URL sees a page, and needs no account. What is sent reaches the application like any upload whose
 * ticket has that user as its subject: by a {@link io.github.uploadreceipts.handover.HandOver}, and as an
 * {@link io.github.uploadreceipts.event.UploadEvent.Stored} of the host that stores it. The receipt's context is {@code {"request":"…","submission":"…","sender":"…"}}: the link's {@linkplain
 * Builder#id id}, what was sent together, and the name that the sender gave, if any.
 *
 * <p>The URL has all that a host needs, and works until it expires, as often as people use it. It cannot be revoked before.
 */
public final class UploadRequestLink {

    private final Builder options;

    private UploadRequestLink(Builder options) {
        this.options = options;
    }

    /**
     * Returns a builder for a link by which people send files to a user.
     *
     * @param receiver the application's id of the user, to whom the receipts are bound; 1 to 255 bytes in UTF-8. The page
     *     does not show it
     */
    public static Builder to(String receiver) {
        return new Builder(receiver);
    }

    /** The options of an {@link UploadRequestLink}. */
    public static final class Builder {

        private final String receiver;
        private String id = UploadId.random().toString();
        private String title = "Send files";
        private Optional<String> words = Optional.empty();
        private Optional<String> askedBy = Optional.empty();
        private Duration life = Duration.ofDays(7);
        private Duration keep = Duration.ofDays(7);
        private int files = 20;
        private Optional<Long> fileSize = Optional.empty();
        private List<String> types = List.of();
        private Optional<PasswordVerifier> password = Optional.empty();
        private SenderName name = SenderName.OPTIONAL;
        private boolean sealed;
        private Optional<URI> handOver = Optional.empty();

        private Builder(String receiver) {
            this.receiver = receiver;
        }

        /**
         * Sets by what the application recognizes the link in the context of receipts; random by default.
         *
         * @param value 1 to 64 visible ASCII characters
         */
        public Builder id(String value) {
            id = value;
            return this;
        }

        /**
         * Sets the title of the page.
         *
         * @param value 1 to 150 bytes in UTF-8
         */
        public Builder title(String value) {
            title = value;
            return this;
        }

        /**
         * Sets words for the page, such as what is asked for; none by default.
         *
         * @param value 1 to 500 bytes in UTF-8, with line ends where they are wanted
         */
        public Builder words(String value) {
            words = Optional.of(value);
            return this;
        }

        /**
         * Sets the name of who asks, as the page says it; by default it names nobody.
         *
         * @param value 1 to 100 bytes in UTF-8
         */
        public Builder askedBy(String value) {
            askedBy = Optional.of(value);
            return this;
        }

        /**
         * Sets for how long the link works, from when its URL is made; 7 days by default. What is being sent when it
         * ends still arrives.
         *
         * @throws IllegalArgumentException unless it is from a second to 365 days
         */
        public Builder expiresIn(Duration value) {
            if (value.compareTo(Duration.ofSeconds(1)) < 0 || value.compareTo(Duration.ofDays(365)) > 0) {
                throw new IllegalArgumentException("expiresIn is " + value + ", but must be from 1 second to 365 days");
            }
            life = value;
            return this;
        }

        /** Sets for how long at least what was sent can be fetched; 7 days by default, up to 365. */
        public Builder keptFor(Duration value) {
            keep = value;
            return this;
        }

        /** Sets how many files may be sent at once; 20 by default, up to 1,000. People can send again. */
        public Builder files(int most) {
            files = most;
            return this;
        }

        /** Sets how many bytes a file may have at most; by default only the limit of the hosts applies. */
        public Builder fileSize(long bytes) {
            fileSize = Optional.of(bytes);
            return this;
        }

        /**
         * Sets the media types that are accepted, such as {@code image/*}; all by default.
         *
         * @param values at most 16, of 254 bytes together
         */
        public Builder types(String... values) {
            types = List.of(values);
            return this;
        }

        /**
         * Sets a password, without which nothing can be sent; none by default. Computes its hash, which takes 0.2 s of
         * CPU or more.
         *
         * @throws IllegalArgumentException if the password is empty, or has more than 1,024 characters
         */
        public Builder password(String value) {
            password = Optional.of(PasswordVerifier.of(value));
            return this;
        }

        /** Requires the sender's name. By default the page asks for it, and it may be left out. */
        public Builder nameRequired() {
            name = SenderName.REQUIRED;
            return this;
        }

        /** Does not ask for the sender's name. */
        public Builder nameNotAsked() {
            name = SenderName.NOT_ASKED;
            return this;
        }

        /**
         * Keeps what is sent sealed at rest, also in a store that keeps other uploads plain. The hosts must encrypt
         * receipts.
         */
        public Builder sealed() {
            sealed = true;
            return this;
        }

        /**
         * Sets where the application is told by a webhook of each upload; see
         * {@link io.github.uploadreceipts.permit.UploadTicket#handOver}.
         */
        public Builder handOver(URI webhook) {
            handOver = Optional.of(webhook);
            return this;
        }

        /**
         * Returns the link.
         *
         * @throws IllegalArgumentException if an option is out of its bounds; the message names it
         */
        public UploadRequestLink build() {
            UploadRequestLink link = new UploadRequestLink(this);
            var unused = link.terms(Instant.EPOCH);
            return link;
        }
    }

    /**
     * Returns the URL of the link. Whoever has it can use the link. This needs only the key ring, so it works on any host,
     * and in a back end that receives no uploads.
     *
     * @param keyRing that of the fleet whose hosts receive the files
     * @param baseUrl where people reach the {@code ShareFilter} of any host: the public URL, with the path to which the
     *     filter is mapped
     */
    public String url(KeyRing keyRing, String baseUrl, Clock clock) {
        String base = baseUrl.endsWith("/") ? baseUrl : baseUrl + "/";
        return base + new UploadRequestTokens(keyRing, clock).mint(terms(clock.instant()));
    }

    /** Returns what the link says if its URL is made at {@code now}. */
    UploadRequestTerms terms(Instant now) {
        return new UploadRequestTerms(
                options.id,
                options.receiver,
                options.title,
                options.words,
                options.askedBy,
                now.plus(options.life).truncatedTo(ChronoUnit.SECONDS),
                Duration.ofSeconds(options.keep.toSeconds()),
                options.files,
                options.fileSize,
                options.types,
                options.password,
                options.name,
                options.sealed,
                options.handOver);
    }

    /** Shows the link's id only. */
    @Override
    public String toString() {
        return "UploadRequestLink[" + options.id + "]";
    }
}
