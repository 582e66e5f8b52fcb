package io.github.uploadreceipts.servlet.internal.receive;

import static io.github.uploadreceipts.servlet.internal.receive.FormDifferenceTest.Kind.ONLY_THEY_REFUSE;
import static io.github.uploadreceipts.servlet.internal.receive.FormDifferenceTest.Kind.ONLY_WE_REFUSE;
import static io.github.uploadreceipts.servlet.internal.receive.FormDifferenceTest.Kind.OTHER_NAMES;
import static io.github.uploadreceipts.servlet.internal.receive.FormDifferenceTest.Kind.OTHER_PARTS;
import static io.github.uploadreceipts.servlet.internal.receive.FormDifferenceTest.Reader.COMMONS;
import static io.github.uploadreceipts.servlet.internal.receive.FormDifferenceTest.Reader.JETTY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.uploadreceipts.servlet.internal.receive.FormGenerator.Oddity;
import io.github.uploadreceipts.servlet.internal.receive.FormGenerator.Sample;
import io.github.uploadreceipts.servlet.internal.receive.FormReaders.Form;
import io.github.uploadreceipts.servlet.internal.receive.FormReaders.Part;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Compares our reading of generated forms with those of Commons FileUpload and Jetty: the same parts with the same
 * names, types and bytes, or a listed reason for the difference. {@code -Dupload-receipts-test.forms=N} sets the number
 * of forms, and {@code -Dupload-receipts-test.seed=N} the seed.
 */
class FormDifferenceTest {

    enum Reader {
        COMMONS,
        JETTY
    }

    enum Kind {
        /** Both readers found the same parts before our refusal. */
        ONLY_WE_REFUSE,
        /** Both readers found the same parts before their refusal. */
        ONLY_THEY_REFUSE,
        /** The same number of parts with the same content, but another name, file name or type. */
        OTHER_NAMES,
        OTHER_PARTS
    }

    /** The reasons why we read an odd form differently. */
    enum Reason {
        // the body
        PREAMBLE_BOUND(Oddity.LONG_PREAMBLE, ONLY_WE_REFUSE, "ours may have 8 KiB", COMMONS, JETTY),
        PREAMBLE_END(
                Oddity.PREAMBLE_WITHOUT_LINE_BREAK,
                ONLY_WE_REFUSE,
                "a boundary begins a line, and CR LF ends one (RFC 2046, 5.1.1); Jetty takes LF, Commons no line break",
                COMMONS,
                JETTY),
        PADDING(
                Oddity.PADDING_BEHIND_BOUNDARY,
                OTHER_PARTS,
                "padding is allowed (RFC 2046, 5.1.1); to Commons it ends the form",
                COMMONS),
        PADDING_BOUND(Oddity.LONG_PADDING, ONLY_WE_REFUSE, "ours may have 64 bytes", COMMONS, JETTY),
        LINE_FEED(
                Oddity.LINE_FEED_BEHIND_BOUNDARY,
                ONLY_WE_REFUSE,
                "CR LF ends a boundary's line (RFC 2046, 5.1.1)",
                COMMONS,
                JETTY),
        CARRIAGE_RETURN(
                Oddity.CARRIAGE_RETURN_BEHIND_BOUNDARY,
                ONLY_WE_REFUSE,
                "likewise; to Commons it ends the form, and nobody hears that parts are lost",
                COMMONS),
        LONGER_BOUNDARY(Oddity.TEXT_BEHIND_BOUNDARY, ONLY_WE_REFUSE, "likewise", COMMONS),
        FORBIDDEN_BOUNDARY(
                Oddity.BOUNDARY_IN_CONTENT,
                ONLY_WE_REFUSE,
                "no line of a part begins with the boundary (RFC 2046, 5.1.1): ours finds no proper part behind it",
                COMMONS),
        BOUNDARY_LINE_FEED(
                Oddity.BOUNDARY_BEHIND_LINE_FEED,
                OTHER_PARTS,
                "a delimiter begins with CR LF (RFC 2046, 5.1.1); what a bare LF precedes is content",
                JETTY),
        EMPTY_PART(
                Oddity.BOUNDARY_INSTEAD_OF_CONTENT,
                OTHER_PARTS,
                "a part may end with its header (body-part in RFC 2046, 5.1.1); Commons reads the next part as its content",
                COMMONS),
        EMPTY_LAST_PART(
                Oddity.BOUNDARY_INSTEAD_OF_CONTENT, ONLY_THEY_REFUSE, "likewise; the end is content too", COMMONS),
        NESTED(
                Oddity.NESTED_FORM,
                OTHER_PARTS,
                "nesting is deprecated (RFC 7578, 4.3); a file with a name is content to us, whatever its type",
                COMMONS),
        NESTED_IN_FIELD(Oddity.NESTED_FORM, ONLY_WE_REFUSE, "likewise; files in a field would be lost", COMMONS, JETTY),
        NESTED_OTHER_LENGTH(
                Oddity.NESTED_FORM, ONLY_THEY_REFUSE, "likewise; Commons wants boundaries of one length", COMMONS),
        NO_FORM(Oddity.TRUNCATED, ONLY_WE_REFUSE, "without any boundary, Commons finds an empty form", COMMONS),

        // a part's header
        NO_HEADER(Oddity.NO_HEADER, ONLY_WE_REFUSE, "a form's part has a disposition (RFC 7578, 4.2)", COMMONS, JETTY),
        NO_DISPOSITION(Oddity.NO_DISPOSITION, ONLY_WE_REFUSE, "likewise", COMMONS, JETTY),
        OTHER_DISPOSITION(Oddity.OTHER_DISPOSITION, ONLY_WE_REFUSE, "it is form-data (RFC 7578, 4.2)", COMMONS, JETTY),
        FIELD_TWICE(Oddity.FIELD_TWICE, ONLY_WE_REFUSE, "Commons takes the first, Jetty the last", COMMONS, JETTY),
        NO_COLON(Oddity.NO_COLON, ONLY_WE_REFUSE, "a line is a field (RFC 5322, 2.2)", COMMONS),
        SPACE_BEFORE_COLON(
                Oddity.SPACE_BEFORE_COLON,
                ONLY_WE_REFUSE,
                "no space ends a field's name (RFC 5322, 2.2; RFC 9112, 5.1)",
                COMMONS,
                JETTY),
        CONTROL(
                Oddity.CONTROL_IN_HEADER,
                ONLY_WE_REFUSE,
                "NUL and CR are part of no field, and the other controls are dropped (RFC 9110, 5.5)",
                COMMONS),
        CONTROL_DROPPED(Oddity.CONTROL_IN_HEADER, ONLY_THEY_REFUSE, "likewise", JETTY),
        HEADER_LINE_FEED(
                Oddity.LINE_FEED_IN_HEADER, ONLY_WE_REFUSE, "CR LF ends a line (RFC 5322, 2.2)", COMMONS, JETTY),
        FOLDING(Oddity.FOLDED_HEADER, ONLY_WE_REFUSE, "nobody folds lines in HTTP any more (RFC 9112, 5.2)", COMMONS),
        ENCODING(
                Oddity.TRANSFER_ENCODING,
                ONLY_WE_REFUSE,
                "transfer encodings are deprecated (RFC 7578, 4.7); the others pass the encoded bytes on",
                COMMONS,
                JETTY),

        // names
        NO_NAME(Oddity.NO_NAME, OTHER_PARTS, "Commons leaves out parts without a name", COMMONS),
        EMPTY_NAME(Oddity.EMPTY_NAME, OTHER_PARTS, "likewise", COMMONS),
        PARAMETER_TWICE(Oddity.PARAMETER_TWICE, ONLY_WE_REFUSE, "one name at most (RFC 6266, 4.1)", COMMONS, JETTY),
        SPACE_AROUND_EQUALS(
                Oddity.SPACE_AROUND_EQUALS, OTHER_NAMES, "RFC 6266, 4.1 lets spaces stand; Jetty does not", JETTY),
        SPACE_IN_QUOTES(Oddity.SPACE_IN_QUOTES, OTHER_NAMES, "the others trim what is quoted", COMMONS, JETTY),
        PERCENT_QUOTE(Oddity.PERCENT_QUOTE, OTHER_NAMES, "browsers write %22 for a quote (HTML)", COMMONS, JETTY),
        ESCAPED_QUOTE(Oddity.ESCAPED_QUOTE, OTHER_NAMES, "Commons leaves the backslash (RFC 9110, 5.6.4)", COMMONS),
        BACKSLASH(
                Oddity.BACKSLASH,
                OTHER_NAMES,
                "one before anything but a quote and a backslash is itself: paths of Windows",
                COMMONS,
                JETTY),
        BACKSLASH_AT_END(
                Oddity.BACKSLASH_AT_END,
                OTHER_NAMES,
                "what stands between quotes as it is ends at a quote before a semicolon or the end",
                COMMONS,
                JETTY),
        BACKSLASH_LOSES_PARTS(
                Oddity.BACKSLASH_AT_END, OTHER_PARTS, "likewise; Commons leaves out parts without a name", COMMONS),
        QUOTES(Oddity.QUOTE_IN_QUOTES, OTHER_NAMES, "likewise; Jetty finds no name at all", COMMONS, JETTY),
        QUOTES_LOSE_PARTS(
                Oddity.QUOTE_IN_QUOTES, OTHER_PARTS, "likewise; Commons leaves out parts without a name", COMMONS),
        CONTROL_IN_NAME(
                Oddity.CONTROL_IN_NAME, OTHER_NAMES, "Chromium sends controls in names; they are dropped", COMMONS),
        CONTROL_IN_NAME_REFUSED(Oddity.CONTROL_IN_NAME, ONLY_THEY_REFUSE, "likewise", JETTY),
        ENCODED_WORD(Oddity.ENCODED_WORD, OTHER_NAMES, "RFC 2047, 5 forbids them in parameters", COMMONS),
        EXTENDED_FILE_NAME(
                Oddity.EXTENDED_FILE_NAME, OTHER_NAMES, "it wins (RFC 6266, 4.3); in Commons the last one", COMMONS),
        NOT_UTF8(Oddity.NOT_UTF8, OTHER_NAMES, "what is not UTF-8 is taken as ISO-8859-1", COMMONS, JETTY);

        private final Oddity oddity;
        private final Kind kind;
        private final String why;

        @SuppressWarnings("ImmutableEnumChecker") // it never changes
        private final Set<Reader> readers;

        Reason(Oddity oddity, Kind kind, String why, Reader... readers) {
            this.oddity = oddity;
            this.kind = kind;
            this.why = why;
            this.readers = EnumSet.copyOf(Arrays.asList(readers));
        }
    }

    private static final int FORMS = Integer.getInteger("upload-receipts-test.forms", 10_000);
    private static final long SEED = Long.getLong("upload-receipts-test.seed", 20_261_121);

    @Test
    void madeUpForms_areReadAsOthersReadThem() throws Exception {
        FormGenerator generator = new FormGenerator(SEED);
        Random random = new Random(SEED);
        Map<Reader, Set<Reason>> seen = new EnumMap<>(Reader.class);
        int parts = 0;
        int completeForms = 0;
        try (FormReaders readers = new FormReaders()) {
            for (int i = 0; i < FORMS; i++) {
                Sample sample = generator.next();
                int most = 1 << random.nextInt(14);
                Form ours = readers.ours(
                        sample.contentType(), sample.bytes(), length -> Math.min(length, 1 + random.nextInt(most)));
                for (Reader reader : Reader.values()) {
                    explain(sample, ours, reader)
                            .ifPresent(reason -> seen.computeIfAbsent(reader, key -> EnumSet.noneOf(Reason.class))
                                    .add(reason));
                }
                parts += ours.parts().size();
                completeForms += ours.isRefused() ? 0 : 1;
            }
        }
        assertThat(parts).as("parts read").isGreaterThan(FORMS);
        assertThat(completeForms).as("forms read to their end").isGreaterThan(FORMS / 2);
        for (Reason reason : Reason.values()) {
            for (Reader reader : reason.readers) {
                assertThat(seen.get(reader))
                        .as("reasons met with %s: '%s' too", reader, reason.why)
                        .contains(reason);
            }
        }
    }

    /** Returns the reason for a difference, if there is one. Fails if no reason is listed. */
    private static Optional<Reason> explain(Sample sample, Form ours, Reader reader) {
        Form theirs = reader == COMMONS
                ? FormReaders.commons(sample.contentType(), sample.bytes())
                : FormReaders.jetty(sample.contentType(), sample.bytes());
        Optional<Kind> difference = difference(ours, theirs);
        Optional<Reason> reason = difference.flatMap(kind -> Arrays.stream(Reason.values())
                .filter(listed -> listed.kind == kind
                        && listed.readers.contains(reader)
                        && sample.oddity().equals(Optional.of(listed.oddity)))
                .findFirst());
        if (difference.isPresent() && reason.isEmpty()) {
            fail("%s %s%n%s%nours: %s%ntheirs: %s", reader, difference.get(), sample, ours, theirs);
        }
        return reason;
    }

    private static Optional<Kind> difference(Form ours, Form theirs) {
        List<Part> our = ours.parts();
        List<Part> their = theirs.parts();
        int common = Math.min(our.size(), their.size());
        boolean weStopped = ours.isRefused() && our.size() == common;
        boolean theyStopped = theirs.isRefused() && their.size() == common;
        if (!contents(our, common).equals(contents(their, common))
                || (our.size() != their.size() && !weStopped && !theyStopped)) {
            return Optional.of(OTHER_PARTS);
        }
        if (!our.subList(0, common).equals(their.subList(0, common))) {
            return Optional.of(OTHER_NAMES);
        }
        if (ours.isRefused() == theirs.isRefused()) {
            return Optional.empty();
        }
        return Optional.of(ours.isRefused() ? ONLY_WE_REFUSE : ONLY_THEY_REFUSE);
    }

    private static List<String> contents(List<Part> parts, int count) {
        return parts.stream().limit(count).map(Part::content).toList();
    }
}
