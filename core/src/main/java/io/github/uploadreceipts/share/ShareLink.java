package io.github.uploadreceipts.share;

import io.github.uploadreceipts.internal.share.LinkTerms;
import io.github.uploadreceipts.internal.share.PasswordVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A link by which a person downloads a stored upload. {@link ShareLinks} makes its URL.
 *
 * <pre>{@code
 * ShareLink link = ShareLink.of(receipt).expiresIn(Duration.ofDays(1)).password("…").build();
 * String url = links.url(link);
 * }</pre>
 *
 * <p>By default a link is self-contained: its URL has all that a host needs, and works until it expires. It cannot be
 * revoked before. A {@linkplain Builder#shortened short} link can, and needs the host that keeps the upload.
 */
public final class ShareLink {

    private final Builder options;

    private ShareLink(Builder options) {
        this.options = options;
    }

    /** Returns a builder for a link to the upload of a receipt. */
    public static Builder of(UploadReceipt receipt) {
        return new Builder(receipt);
    }

    /** The options of a {@link ShareLink}. */
    public static final class Builder {

        private final UploadReceipt receipt;
        private Optional<Duration> life = Optional.empty();
        private Optional<PasswordVerifier> password = Optional.empty();
        private Optional<String> subject = Optional.empty();
        private Optional<String> note = Optional.empty();
        private boolean inline;
        private boolean cacheable;
        private boolean shortened;
        private boolean acceptUnfinished;
        private int downloads;

        private Builder(UploadReceipt receipt) {
            this.receipt = receipt;
        }

        /**
         * Sets for how long the link works, from when its URL is made; by default as long as the upload is kept. No link
         * works longer than that.
         *
         * @throws IllegalArgumentException unless it is at least a second
         */
        public Builder expiresIn(Duration value) {
            if (value.compareTo(Duration.ofSeconds(1)) < 0) {
                throw new IllegalArgumentException("expiresIn is " + value + ", but must be at least 1 second");
            }
            life = Optional.of(value);
            return this;
        }

        /**
         * Sets a password, without which the link gives nothing; none by default. Computes its hash, which takes 0.2 s of
         * CPU or more. The password keeps out whoever has the link, and not the hosts of the fleet.
         *
         * @throws IllegalArgumentException if the password is empty, or has more than 1,024 characters
         */
        public Builder password(String value) {
            password = Optional.of(PasswordVerifier.of(value));
            return this;
        }

        /**
         * Sets the only signed-in user who may use the link; by default everybody who has it may.
         *
         * @param value 1 to 255 bytes in UTF-8
         */
        public Builder subject(String value) {
            subject = Optional.of(value);
            return this;
        }

        /**
         * Sets words for the page that browsers show, such as who sends the file.
         *
         * @param value 1 to 200 bytes in UTF-8
         */
        public Builder note(String value) {
            note = Optional.of(value);
            return this;
        }

        /**
         * Lets browsers show the file in place of saving it, if it is a raster image, audio, video or plain text; other
         * types are saved all the same.
         */
        public Builder inline() {
            inline = true;
            return this;
        }

        /**
         * Lets caches keep the file until the link expires. Only for what everybody may see: neither revoking the link
         * nor discarding the upload reaches a copy in a cache.
         */
        public Builder cacheable() {
            cacheable = true;
            return this;
        }

        /**
         * Lets the link give the upload before the application is done with it, and also if it has refused it: for a
         * program that checks the upload. Other links give it only after the hand-over.
         */
        public Builder acceptUnfinished() {
            acceptUnfinished = true;
            return this;
        }

        /**
         * Makes the URL short, of some 60 characters, and the link one that can be
         * {@linkplain ShareLinks#revoke revoked}. What the link says lies beside the upload, on the host that keeps it,
         * whose store must be a {@link io.github.uploadreceipts.store.LocalUploadStore}. While that host is down the link
         * does not work. Each host must have the others among its
         * {@linkplain io.github.uploadreceipts.host.UploadHost.Builder#peers peers}.
         */
        public Builder shortened() {
            shortened = true;
            return this;
        }

        /**
         * Limits how often the file may be downloaded, and makes the link {@linkplain #shortened short}, because only one
         * host can count. A download counts when it starts. For an hour, what the same client or its network asks for
         * continues that download.
         *
         * @param most 1 to 65,535
         */
        public Builder downloads(int most) {
            if (most < 1) {
                throw new IllegalArgumentException("downloads is " + most + ", but must be 1 to 65535");
            }
            downloads = most;
            shortened = true;
            return this;
        }

        /**
         * Returns the link.
         *
         * @throws IllegalArgumentException if the options contradict each other, or one is too long
         */
        public ShareLink build() {
            var unused = terms(receipt.issuedAt(), receipt.expiresAt());
            return new ShareLink(this);
        }

        private LinkTerms terms(Instant now, Instant expiresAt) {
            UploadReceipt upload = new UploadReceipt(
                    receipt.id(),
                    receipt.name(),
                    receipt.type(),
                    receipt.size(),
                    receipt.digest(),
                    receipt.locations(),
                    subject,
                    now,
                    expiresAt,
                    Optional.empty(),
                    Optional.empty(),
                    receipt.contentKey());
            return new LinkTerms(upload, inline, cacheable, password, downloads, acceptUnfinished, note);
        }
    }

    boolean isShort() {
        return options.shortened;
    }

    /**
     * Returns what the link says if its URL is made at {@code now}.
     *
     * @throws IllegalArgumentException if the upload has expired
     */
    LinkTerms terms(Instant now) {
        Instant latest = options.receipt.expiresAt();
        Duration most = Duration.between(now, latest);
        Instant expiresAt = options.life
                .filter(life -> life.compareTo(most) < 0)
                .map(now::plus)
                .orElse(latest);
        return options.terms(now, expiresAt);
    }

    /** Shows the upload id only. */
    @Override
    public String toString() {
        return "ShareLink[" + options.receipt.id() + "]";
    }
}
