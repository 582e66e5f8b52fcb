package io.github.uploadreceipts.servlet.internal.receive;

import static io.github.uploadreceipts.servlet.internal.receive.PartHeaders.malformed;

import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A parser of {@code multipart/form-data} bodies (RFC 7578; RFC 2046, section 5.1). It hands content on in place and
 * keeps none of it, not even across pushes. Bytes that begin like the delimiter, and then turn out to be
 * content, are handed on from the delimiter itself.
 */
public final class MultipartParser implements BodyParser {

    /** What the parser finds, in order. */
    public interface Handler {

        /**
         * Begins a part.
         *
         * @param headerSize the size of its header in bytes
         */
        void beginPart(PartHeaders headers, int headerSize) throws UploadRefusedException;

        /** Takes more of the part's content. The buffer is valid during the call only. */
        void content(ByteBuffer bytes) throws UploadRefusedException;

        /** Ends the part. */
        void endPart() throws UploadRefusedException;

        /** Takes note that the parser itself keeps more: of a long header, or of what stands before the first part. */
        void keeps(int bytes) throws UploadRefusedException;
    }

    private static final int MAX_HEADER_SIZE = 8 * 1024;
    private static final int MAX_PREAMBLE_SIZE = 8 * 1024;
    private static final int MAX_PADDING = 64;
    private static final int MAX_BOUNDARY_LENGTH = 70;
    /** Those of RFC 2046, section 5.1.1, and those of a token (RFC 9110, section 5.6.2), which people also use. */
    private static final String BOUNDARY_CHARACTERS =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? !#$%&*^`|~";

    private static final int LINE_BREAK = 2;

    private enum State {
        PREAMBLE,
        DELIMITER_LINE,
        HEADER,
        CONTENT,
        EPILOGUE
    }

    private final Handler handler;
    private final byte[] delimiter;
    private final int[] shift = new int[256];

    private State state = State.PREAMBLE;
    private int matched = LINE_BREAK; // the first delimiter needs no line break before it
    private int borrowed = LINE_BREAK; // how many of the matched bytes are not content
    private final ByteArrayOutputStream preamble = new ByteArrayOutputStream();
    private byte lastOfLine;
    private int padding;
    private byte[] header = new byte[512];
    private int headerSize;

    private MultipartParser(String boundary, Handler handler) {
        this.handler = handler;
        this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.US_ASCII);
        Arrays.fill(shift, delimiter.length);
        for (int i = 0; i < delimiter.length - 1; i++) {
            shift[delimiter[i] & 0xFF] = delimiter.length - 1 - i;
        }
    }

    /**
     * Returns whether a body of the media type {@code type} is a form.
     *
     * @throws UploadRefusedException if it has parts and is no form. Taken for one file, its files would be lost.
     */
    public static boolean isForm(MediaType type) throws UploadRefusedException {
        boolean form = type.essence().equals("multipart/form-data");
        if (!form && isMultipart(type)) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.UNSUPPORTED_CONTENT, "The only supported multipart type is form-data."));
        }
        return form;
    }

    /** Returns whether a body of the media type {@code type} has parts. */
    public static boolean isMultipart(MediaType type) {
        return type.essence().startsWith("multipart/");
    }

    /**
     * Returns a parser for a form of the media type {@code type}.
     *
     * @throws UploadRefusedException if the type has no boundary of 1 to 70 characters (RFC 2046, section 5.1.1)
     */
    public static MultipartParser create(MediaType type, Handler handler) throws UploadRefusedException {
        String boundary = type.parameter("boundary").orElse("");
        boolean valid = !boundary.isEmpty()
                && boundary.length() <= MAX_BOUNDARY_LENGTH
                && boundary.chars().allMatch(c -> BOUNDARY_CHARACTERS.indexOf(c) >= 0)
                && !boundary.endsWith(" ");
        if (!valid) {
            throw malformed("The Content-Type must have one boundary, of 1 to 70 characters that RFC 2046 allows.");
        }
        return new MultipartParser(boundary, handler);
    }

    @Override
    public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            at = switch (state) {
                case PREAMBLE, CONTENT -> pushContent(bytes, at, end);
                case DELIMITER_LINE -> pushDelimiterLine(bytes, at, end);
                case HEADER -> pushHeader(bytes, at, end);
                case EPILOGUE -> end;
            };
        }
    }

    @Override
    public void end() throws UploadRefusedException {
        if (state != State.EPILOGUE) {
            throw new UploadRefusedException(Problem.of(ProblemType.INCOMPLETE_BODY, "The final boundary is missing."));
        }
    }

    /** Refuses the form: even one without parts has bytes. */
    @Override
    public void endEmpty(boolean declared) throws UploadRefusedException {
        throw BodyParser.readBefore(declared);
    }

    /**
     * Looks for the delimiter, and returns the index after the bytes that it took. The only CR of the delimiter is its
     * first byte, so when a match breaks off, no other match can begin inside of it.
     */
    private int pushContent(byte[] bytes, int start, int end) throws UploadRefusedException {
        int at = start;
        if (matched > 0) {
            while (at < end && matched < delimiter.length && bytes[at] == delimiter[matched]) {
                at++;
                matched++;
            }
            if (matched == delimiter.length) {
                foundDelimiter();
                return at;
            }
            if (at == end) {
                return at;
            }
            int broken = matched;
            int from = borrowed;
            matched = 0;
            borrowed = 0;
            emit(delimiter, from, broken);
        }
        int candidate = find(bytes, at, end);
        emit(bytes, at, candidate);
        if (candidate + delimiter.length <= end) {
            foundDelimiter();
            return candidate + delimiter.length;
        }
        matched = end - candidate;
        return end;
    }

    /**
     * Returns where the delimiter begins, or as much of it as fits before {@code end}; {@code end} if neither is there
     * (Boyer, Moore, Horspool).
     */
    private int find(byte[] bytes, int from, int end) {
        int last = delimiter.length - 1;
        int at = from;
        while (at + last < end) {
            byte c = bytes[at + last];
            if (c == delimiter[last] && startsHere(bytes, at, delimiter.length)) {
                return at;
            }
            at += shift[c & 0xFF];
        }
        while (at < end && !startsHere(bytes, at, end - at)) {
            at++;
        }
        return at;
    }

    private boolean startsHere(byte[] bytes, int at, int length) {
        return Arrays.equals(bytes, at, at + length, delimiter, 0, length);
    }

    private void emit(byte[] bytes, int from, int to) throws UploadRefusedException {
        if (from == to) {
            return;
        }
        if (state == State.CONTENT) {
            handler.content(ByteBuffer.wrap(bytes, from, to - from));
            return;
        }
        if (preamble.size() + to - from > MAX_PREAMBLE_SIZE) {
            throw malformed("The body does not begin with its boundary.");
        }
        handler.keeps(2 * (to - from)); // in a buffer that may be twice as large
        preamble.write(bytes, from, to - from);
    }

    private void foundDelimiter() throws UploadRefusedException {
        matched = 0;
        if (state == State.CONTENT) {
            handler.endPart();
        } else {
            requireNoPartIn(preamble.toString(StandardCharsets.ISO_8859_1));
        }
        lastOfLine = 0;
        padding = 0;
        state = State.DELIMITER_LINE;
    }

    /** A boundary that does not begin a line would hide the first part, whose file nobody would miss. */
    private void requireNoPartIn(String skipped) throws UploadRefusedException {
        String boundary = new String(delimiter, LINE_BREAK, delimiter.length - LINE_BREAK, StandardCharsets.US_ASCII);
        if (skipped.contains(boundary)) {
            throw malformed("The first boundary does not begin a line; CR LF ends one.");
        }
    }

    /**
     * Takes the rest of a boundary's line: "--" after the last part, or spaces and a line break before the next one.
     */
    private int pushDelimiterLine(byte[] bytes, int from, int end) throws UploadRefusedException {
        int at = from;
        while (at < end) {
            byte before = lastOfLine;
            lastOfLine = bytes[at++];
            boolean padded = before == 0 || isPadding(before);
            switch (lastOfLine) {
                case '-' -> {
                    requireLine(before == 0 || before == '-');
                    if (before == '-') {
                        state = State.EPILOGUE;
                        return at;
                    }
                }
                case '\n' -> {
                    requireLine(before == '\r');
                    headerSize = 0;
                    state = State.HEADER;
                    return at;
                }
                case '\r' -> requireLine(padded);
                default -> requireLine(padded && isPadding(lastOfLine) && ++padding <= MAX_PADDING);
            }
        }
        return at;
    }

    private static boolean isPadding(byte c) {
        return c == ' ' || c == '\t';
    }

    private static void requireLine(boolean condition) throws UploadRefusedException {
        if (!condition) {
            throw malformed("A boundary is followed by something other than a line break.");
        }
    }

    private int pushHeader(byte[] bytes, int from, int end) throws UploadRefusedException {
        int at = from;
        while (at < end) {
            if (headerSize == header.length) {
                growHeader();
            }
            header[headerSize++] = bytes[at++];
            if (headerIsComplete()) {
                state = State.CONTENT;
                matched = LINE_BREAK; // a delimiter right after the header shares its last line break
                borrowed = LINE_BREAK;
                handler.beginPart(PartHeaders.parse(header, headerSize - 2), headerSize);
                return at;
            }
        }
        return at;
    }

    private boolean headerIsComplete() {
        return headerSize >= 2
                && header[headerSize - 1] == '\n'
                && header[headerSize - 2] == '\r'
                && (headerSize == 2
                        || (headerSize >= 4 && header[headerSize - 3] == '\n' && header[headerSize - 4] == '\r'));
    }

    private void growHeader() throws UploadRefusedException {
        if (header.length == MAX_HEADER_SIZE) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.FIELDS_TOO_LARGE,
                    "A part's header may have at most " + MAX_HEADER_SIZE + " bytes.",
                    MAX_HEADER_SIZE,
                    MAX_HEADER_SIZE + 1));
        }
        int larger = Math.min(header.length * 2, MAX_HEADER_SIZE);
        handler.keeps(larger - header.length);
        header = Arrays.copyOf(header, larger);
    }
}
