package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.internal.engine.MemoryBudget;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.response.FormFieldNames;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a form. Files go to the reception. Other fields are kept if they are wanted; all of them count against
 * the permit's limit.
 */
public final class FormParts implements MultipartParser.Handler {

    /** One part, as it was in the form. */
    public static final class Part {

        /** What {@link #file} returns for a part that is not a file. */
        public static final int NO_FILE = -1;

        private final PartHeaders headers;
        private final byte[] content;
        private final int file;
        private @Nullable String text;

        Part(PartHeaders headers, byte[] content, int file) {
            this.headers = headers;
            this.content = content;
            this.file = file;
        }

        /** Returns the part's header. */
        public PartHeaders headers() {
            return headers;
        }

        /** Returns a field's content; empty for a file. */
        public byte[] content() {
            return content;
        }

        /** Returns the index of the part's file among the request's files. An empty file field has {@link #NO_FILE}. */
        public int file() {
            return file;
        }

        /** Returns a field's content as text, the same each time. */
        public String text() {
            if (text == null) {
                text = new String(content, StandardCharsets.UTF_8);
            }
            return text;
        }
    }

    private static final int MAX_PARTS = 4_000;

    /** What a part takes in memory beside its own bytes. */
    private static final int PART_SIZE = 4 * MemoryBudget.OBJECT_SIZE;

    /** How often a field is held while it arrives: in the part, and in a buffer that is up to twice as large. */
    private static final int TIMES_BUFFERED = 3;

    /** A buffer that has grown beyond this is not kept for the next part. */
    private static final int LARGEST_BUFFER = 8 << 10;

    private final Reception reception;
    private final Predicate<PartHeaders> wanted;
    private final Optional<Tickets> tickets;
    private final List<Part> parts = new ArrayList<>();
    private ByteArrayOutputStream field = new ByteArrayOutputStream();
    private PartHeaders headers = PartHeaders.NONE;
    private boolean inFile;
    private boolean filesRefused;
    private long fieldBytes;
    private int partCount;
    private @Nullable String ticket;
    private @Nullable String slot;

    /** Makes the ticket for the files of a form that brings none. */
    public interface Tickets {

        /** Returns the ticket when the first file begins, after these parts. */
        String make(List<Part> before) throws UploadRefusedException;
    }

    /**
     * Creates the handler of a form.
     *
     * @param wanted accepts the fields to keep; files are always kept
     */
    public FormParts(Reception reception, Predicate<PartHeaders> wanted) {
        this(reception, wanted, Optional.empty());
    }

    /** Creates the handler of a form whose ticket is made here. */
    public FormParts(Reception reception, Predicate<PartHeaders> wanted, Tickets tickets) {
        this(reception, wanted, Optional.of(tickets));
    }

    private FormParts(Reception reception, Predicate<PartHeaders> wanted, Optional<Tickets> tickets) {
        this.reception = reception;
        this.wanted = wanted;
        this.tickets = tickets;
    }

    /** Returns the parts that have been kept so far, in the form's order. */
    public List<Part> parts() {
        return parts;
    }

    /** Returns the size of the fields that have been kept so far. */
    public long contentSize() {
        return parts.stream().mapToLong(part -> part.content().length).sum();
    }

    /** Returns the ticket that the form brought, if one was needed. */
    Optional<String> ticket() {
        return Optional.ofNullable(ticket);
    }

    @Override
    public void beginPart(PartHeaders begun, int headerSize) throws UploadRefusedException {
        headers = begun;
        field.reset();
        countPart();
        countFieldBytes(headerSize);
        if (wanted.test(headers) || headers.isFile()) {
            reception.memory().hold(PART_SIZE + 4L * headerSize); // as text, in whole and in pieces
        }
        requireNoForm();
        inFile = begun.isFile() && !begun.disposition().fileName().orElse("").isEmpty();
        if (inFile) {
            beginFile();
        }
    }

    /** Refuses a field that holds the parts of a form, among which files would be lost (RFC 7578, section 4.3). */
    private void requireNoForm() throws UploadRefusedException {
        if (!headers.isFile()
                && MultipartParser.isMultipart(
                        MediaType.ofBody(headers.contentType().orElse(null)))) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.UNSUPPORTED_CONTENT,
                    "Send each file as a part of its own, not in a nested multipart."));
        }
    }

    /** Refuses the form as soon as a file begins in it. */
    public void refuseFiles() {
        filesRefused = true;
    }

    private void beginFile() throws UploadRefusedException {
        if (filesRefused) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.FORBIDDEN, "Upload files first, and send their receipts here."));
        }
        inFile = true;
        if (reception.admission().awaitsTicket()) {
            showTicket();
        }
        reception.beginFile(
                headers.disposition().fileName().orElse(""),
                headers.contentType().orElse(null));
    }

    private void showTicket() throws UploadRefusedException {
        if (tickets.isPresent()) {
            reception.showTicket(tickets.get().make(parts), null);
        } else if (ticket != null) {
            reception.showTicket(ticket, slot);
        }
    }

    @Override
    public void content(ByteBuffer bytes) throws UploadRefusedException {
        if (headers.isFile() && !inFile) {
            beginFile(); // it has no name, but its content shows that it is not an empty file field
        }
        if (inFile) {
            reception.write(bytes);
            return;
        }
        countFieldBytes(bytes.remaining());
        if (wanted.test(headers) || isTicketField()) {
            reception.memory().hold((long) TIMES_BUFFERED * bytes.remaining());
            field.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        }
    }

    private void keepTicketField(String text) {
        if (headers.name().equals(FormFieldNames.TICKET)) {
            ticket = text;
        } else {
            slot = text;
        }
    }

    /** Limits the number of parts, because a part takes more memory than it has bytes. */
    private void countPart() throws UploadRefusedException {
        if (++partCount > MAX_PARTS) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.FIELDS_TOO_LARGE,
                    "A form may have at most " + MAX_PARTS + " parts.",
                    MAX_PARTS,
                    partCount));
        }
    }

    private void countFieldBytes(int bytes) throws UploadRefusedException {
        fieldBytes += bytes;
        int limit = reception.limits().maxFieldBytes();
        if (fieldBytes > limit) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.FIELDS_TOO_LARGE,
                    "A form's fields may have at most " + limit + " bytes together.",
                    limit,
                    fieldBytes));
        }
    }

    private boolean isTicketField() {
        return tickets.isEmpty()
                && reception.admission().awaitsTicket()
                && (headers.name().equals(FormFieldNames.TICKET)
                        || headers.name().equals(FormFieldNames.SLOT));
    }

    @Override
    public void keeps(int bytes) throws UploadRefusedException {
        reception.memory().hold(bytes);
    }

    @Override
    public void endPart() throws UploadRefusedException {
        if (!inFile && isTicketField()) {
            keepTicketField(field.toString(StandardCharsets.UTF_8).strip());
        }
        if (inFile) {
            reception.endFile();
        }
        if (inFile || wanted.test(headers)) {
            parts.add(new Part(headers, field.toByteArray(), inFile ? reception.fileCount() - 1 : Part.NO_FILE));
        }
        reception.memory().giveBack((TIMES_BUFFERED - 1L) * field.size());
        if (field.size() > LARGEST_BUFFER) {
            field = new ByteArrayOutputStream();
        }
    }
}
