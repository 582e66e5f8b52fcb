package io.github.uploadreceipts.permit;

import java.time.Duration;

/**
 * All limits on receiving, in one place. They are checked while bytes arrive. Sizes are numbers of bytes.
 *
 * @param maxFileSize the size of one file; 2 GiB by default
 * @param maxRequestSize the size of one request body; 8 GiB by default. It does not apply to requests that resume an
 *     upload, which are bounded by that upload's length
 * @param maxFiles the number of files in one request; 100 by default
 * @param maxFieldBytes the size of all of a form's other fields together, including the headers of parts; 1 MiB by
 *     default
 * @param maxUploadsPerSubject the number of requests in flight for one subject; 256 by default
 * @param maxBytesPerSubject what the requests in flight for one subject have received together; unlimited by default
 * @param maxUploadsPerAddress the number of requests in flight from one address; 16,384 by default, because behind a
 *     front server all requests come from one address
 * @param maxBytesPerAddress what the requests in flight from one address have received together; unlimited by default
 * @param maxUnfinishedPerSubject the number of resumable uploads of one subject that have begun on this host and are not
 *     complete; 1,000 by default
 * @param maxUnfinishedPerAddress the same from one address; 32,768 by default, because of front servers as above
 * @param maxUnfinished the same in all; 100,000 by default
 * @param freeSpaceFloor what new uploads must leave free on the store's disk, together with all that are in flight;
 *     256 MiB by default. Resumable uploads of which the host keeps bytes may use half of it
 * @param idleTimeout how long a body may pause, and how long a client may read nothing of its response; 20 s by default.
 *     The store gets three times as long to make an upload durable, and a second more for each mebibyte
 * @param minBytesPerSecond how fast a body must arrive on average, after the first 30 s; 512 by default
 * @param deadline how long a request may take as a whole; 24 h by default
 */
public record UploadLimits(
        long maxFileSize,
        long maxRequestSize,
        int maxFiles,
        int maxFieldBytes,
        int maxUploadsPerSubject,
        long maxBytesPerSubject,
        int maxUploadsPerAddress,
        long maxBytesPerAddress,
        int maxUnfinishedPerSubject,
        int maxUnfinishedPerAddress,
        int maxUnfinished,
        long freeSpaceFloor,
        Duration idleTimeout,
        long minBytesPerSecond,
        Duration deadline) {

    /** Checks that each limit permits something. */
    public UploadLimits {
        requirePositive("maxFileSize", maxFileSize);
        requirePositive("maxRequestSize", maxRequestSize);
        requirePositive("maxFiles", maxFiles);
        requirePositive("maxFieldBytes", maxFieldBytes);
        requirePositive("maxUploadsPerSubject", maxUploadsPerSubject);
        requirePositive("maxBytesPerSubject", maxBytesPerSubject);
        requirePositive("maxUploadsPerAddress", maxUploadsPerAddress);
        requirePositive("maxBytesPerAddress", maxBytesPerAddress);
        requirePositive("maxUnfinishedPerSubject", maxUnfinishedPerSubject);
        requirePositive("maxUnfinishedPerAddress", maxUnfinishedPerAddress);
        requirePositive("maxUnfinished", maxUnfinished);
        requireNotNegative("freeSpaceFloor", freeSpaceFloor);
        requirePositive("idleTimeout in milliseconds", idleTimeout.toMillis());
        requireNotNegative("minBytesPerSecond", minBytesPerSecond);
        requirePositive("deadline in milliseconds", deadline.toMillis());
    }

    private static void requireNotNegative(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " is " + value + ", but must be at least 0");
        }
    }

    private static void requirePositive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " is " + value + ", but must be at least 1");
        }
    }

    /** Returns the limits with all their defaults. */
    public static UploadLimits defaults() {
        return new Builder().build();
    }

    /** Returns a builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns a builder that starts from these limits. */
    public Builder toBuilder() {
        Builder builder = new Builder()
                .maxFileSize(maxFileSize)
                .maxRequestSize(maxRequestSize)
                .maxFiles(maxFiles)
                .maxFieldBytes(maxFieldBytes)
                .perSubject(maxUploadsPerSubject, maxBytesPerSubject)
                .perAddress(maxUploadsPerAddress, maxBytesPerAddress);
        return builder.unfinished(maxUnfinishedPerSubject, maxUnfinishedPerAddress, maxUnfinished)
                .freeSpaceFloor(freeSpaceFloor)
                .idleTimeout(idleTimeout)
                .minBytesPerSecond(minBytesPerSecond)
                .deadline(deadline);
    }

    /** Sets limits one by one; those not set keep their defaults. */
    public static final class Builder {

        private long maxFileSize = 2L << 30;
        private long maxRequestSize = 8L << 30;
        private int maxFiles = 100;
        private int maxFieldBytes = 1 << 20;
        private int maxUploadsPerSubject = 256;
        private long maxBytesPerSubject = Long.MAX_VALUE;
        private int maxUploadsPerAddress = 16_384;
        private long maxBytesPerAddress = Long.MAX_VALUE;
        private int maxUnfinishedPerSubject = 1_000;
        private int maxUnfinishedPerAddress = 32_768;
        private int maxUnfinished = 100_000;
        private long freeSpaceFloor = 256L << 20;
        private Duration idleTimeout = Duration.ofSeconds(20);
        private long minBytesPerSecond = 512;
        private Duration deadline = Duration.ofHours(24);

        private Builder() {}

        /** See {@link UploadLimits#maxFileSize}. */
        public Builder maxFileSize(long bytes) {
            maxFileSize = bytes;
            return this;
        }

        /** See {@link UploadLimits#maxRequestSize}. */
        public Builder maxRequestSize(long bytes) {
            maxRequestSize = bytes;
            return this;
        }

        /** See {@link UploadLimits#maxFiles}. */
        public Builder maxFiles(int count) {
            maxFiles = count;
            return this;
        }

        /** See {@link UploadLimits#maxFieldBytes}. */
        public Builder maxFieldBytes(int bytes) {
            maxFieldBytes = bytes;
            return this;
        }

        /** See {@link UploadLimits#maxUploadsPerSubject} and {@link UploadLimits#maxBytesPerSubject}. */
        public Builder perSubject(int uploads, long bytes) {
            maxUploadsPerSubject = uploads;
            maxBytesPerSubject = bytes;
            return this;
        }

        /** See {@link UploadLimits#maxUploadsPerAddress} and {@link UploadLimits#maxBytesPerAddress}. */
        public Builder perAddress(int uploads, long bytes) {
            maxUploadsPerAddress = uploads;
            maxBytesPerAddress = bytes;
            return this;
        }

        /**
         * See {@link UploadLimits#maxUnfinishedPerSubject}, {@link UploadLimits#maxUnfinishedPerAddress} and
         * {@link UploadLimits#maxUnfinished}.
         */
        public Builder unfinished(int perSubject, int perAddress, int all) {
            maxUnfinishedPerSubject = perSubject;
            maxUnfinishedPerAddress = perAddress;
            maxUnfinished = all;
            return this;
        }

        /** See {@link UploadLimits#freeSpaceFloor}. */
        public Builder freeSpaceFloor(long bytes) {
            freeSpaceFloor = bytes;
            return this;
        }

        /** See {@link UploadLimits#idleTimeout}. */
        public Builder idleTimeout(Duration value) {
            idleTimeout = value;
            return this;
        }

        /** See {@link UploadLimits#minBytesPerSecond}. */
        public Builder minBytesPerSecond(long value) {
            minBytesPerSecond = value;
            return this;
        }

        /** See {@link UploadLimits#deadline}. */
        public Builder deadline(Duration value) {
            deadline = value;
            return this;
        }

        /**
         * Returns the limits.
         *
         * @throws IllegalArgumentException if a limit would permit nothing; the message names it
         */
        public UploadLimits build() {
            return new UploadLimits(
                    maxFileSize,
                    maxRequestSize,
                    maxFiles,
                    maxFieldBytes,
                    maxUploadsPerSubject,
                    maxBytesPerSubject,
                    maxUploadsPerAddress,
                    maxBytesPerAddress,
                    maxUnfinishedPerSubject,
                    maxUnfinishedPerAddress,
                    maxUnfinished,
                    freeSpaceFloor,
                    idleTimeout,
                    minBytesPerSecond,
                    deadline);
        }
    }
}
