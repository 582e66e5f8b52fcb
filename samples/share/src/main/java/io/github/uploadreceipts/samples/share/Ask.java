package io.github.uploadreceipts.samples.share;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.share.UploadRequestLink;
import java.time.Clock;
import java.time.Duration;
import java.util.Deque;
import java.util.Optional;

/**
 * What is asked of those who send files, and for how long.
 *
 * @param words for the page
 * @param from who asks
 * @param name whether the sender's name is asked for: {@code required}, {@code optional} or {@code no}
 */
record Ask(
        String title,
        Optional<String> words,
        Optional<String> from,
        Optional<String> password,
        Duration expires,
        String name) {

    /** To whom all files go; the sample has one receiver. */
    static final String RECEIVER = "receiver";

    private static final int FILES = 100;
    private static final long FILE_SIZE = 10_000_000_000L;
    private static final Duration KEPT = Duration.ofDays(30);

    static Ask plain() {
        return new Ask(
                "Send me files", Optional.empty(), Optional.empty(), Optional.empty(), Duration.ofDays(7), "optional");
    }

    /**
     * Returns what an option makes of this; empty if it is none of these.
     *
     * @throws IllegalArgumentException if its value is wrong
     */
    Optional<Ask> with(String option, Deque<String> rest) {
        return Optional.ofNullable(
                switch (option) {
                    case "--title" -> new Ask(Options.value(option, rest), words, from, password, expires, name);
                    case "--words" -> new Ask(title, text(option, rest), from, password, expires, name);
                    case "--from" -> new Ask(title, words, text(option, rest), password, expires, name);
                    case "--password" -> new Ask(title, words, from, text(option, rest), expires, name);
                    case "--expires" ->
                        new Ask(title, words, from, password, duration(Options.value(option, rest)), name);
                    case "--name" -> new Ask(title, words, from, password, expires, name(Options.value(option, rest)));
                    default -> null;
                });
    }

    private static Optional<String> text(String option, Deque<String> rest) {
        return Optional.of(Options.value(option, rest));
    }

    private static Duration duration(String text) {
        if (!text.matches("[1-9][0-9]{0,3}[mhd]")) {
            throw new IllegalArgumentException("--expires: '" + text + "' is not like 30m, 12h or 7d");
        }
        long count = Long.parseLong(text.substring(0, text.length() - 1));
        return switch (text.charAt(text.length() - 1)) {
            case 'm' -> Duration.ofMinutes(count);
            case 'h' -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    private static String name(String text) {
        if (!text.matches("required|optional|no")) {
            throw new IllegalArgumentException("--name: '" + text + "' is none of required, optional and no");
        }
        return text;
    }

    /** Returns the link that a person opens, on the host at {@code base}. */
    String link(KeyRing keys, String base, Clock clock) {
        UploadRequestLink.Builder link = UploadRequestLink.to(RECEIVER)
                .title(title)
                .expiresIn(expires)
                .keptFor(KEPT)
                .files(FILES)
                .fileSize(FILE_SIZE);
        words.ifPresent(link::words);
        from.ifPresent(link::askedBy);
        password.ifPresent(link::password);
        switch (name) {
            case "required" -> link.nameRequired();
            case "no" -> link.nameNotAsked();
            default -> {
                /* is optional */
            }
        }
        return link.build().url(keys, base, clock);
    }
}
