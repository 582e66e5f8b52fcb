package io.github.uploadreceipts.objectstorage.internal.s3;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** Dates in header fields. */
final class HttpDates {

    private HttpDates() {}

    static Optional<Instant> read(String date) {
        try {
            return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date.strip())));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
