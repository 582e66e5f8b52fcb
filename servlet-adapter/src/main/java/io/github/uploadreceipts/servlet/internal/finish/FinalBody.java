package io.github.uploadreceipts.servlet.internal.finish;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import io.github.uploadreceipts.servlet.internal.receive.FormParts;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.MultipartParser;
import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.receive.TicketGate;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/** The body of the final request. It is read once, searched for receipts, and kept so that it can be read again. */
public final class FinalBody implements Closeable {

    /**
     * What to look for in a body, and how much of a body to accept.
     *
     * @param field the name of the form field
     * @param arrayPointer the JSON Pointer to the array
     * @param receiptPointer the JSON Pointer from an element to its receipt
     * @param maxBodySize how many bytes the body may have, without its files
     * @param deadline how long reading a body without files may take
     * @param files which files may still be in the form; if empty, none
     */
    public record Settings(
            String field,
            String arrayPointer,
            String receiptPointer,
            int maxBodySize,
            Duration deadline,
            Optional<UploadPolicy> files) {

        /** The settings where nothing is configured. */
        public static final Settings DEFAULTS =
                new Settings("receipt", "/receipts", "", 4 << 20, Duration.ofSeconds(30), Optional.empty());

        /** Checks the pointers, the size and the deadline. */
        public Settings {
            JsonPointer.compile(arrayPointer);
            JsonPointer.compile(receiptPointer);
            if (maxBodySize <= 0 || deadline.toMillis() <= 0) {
                throw new IllegalArgumentException("the maximum size of a body is " + maxBodySize
                        + " bytes, and its deadline " + deadline + "; both must be positive");
            }
        }
    }

    /** The client went away, or its body ended too early. */
    public static final class BrokenOff extends IOException {
        private static final long serialVersionUID = 1;

        BrokenOff(IOException cause) {
            super(cause);
        }
    }

    private static final int MAX_JSON_DEPTH = 64;
    private static final StrictJson JSON = StrictJson.ofDepth(MAX_JSON_DEPTH);

    private final Reception reception;
    private final List<String> tokens;
    private final ReplayedBody replayed;
    private List<IssuedReceipt> files;

    private FinalBody(Reception reception, List<String> tokens, ReplayedBody replayed, List<IssuedReceipt> files) {
        this.reception = reception;
        this.tokens = tokens;
        this.replayed = replayed;
        this.files = files;
    }

    /**
     * Reads the body of a request, and stores the files in its form.
     *
     * @throws BrokenOff if the client went away, or the body ended too early
     * @throws RefusedException if the body is malformed, exceeds a limit or has a file that is not permitted
     */
    public static FinalBody read(HttpServletRequest request, Engine engine, Settings settings, InFlight inFlight)
            throws IOException, RefusedException {
        MediaType type = MediaType.ofBody(request.getContentType());
        boolean multipart = MultipartParser.isForm(type);
        Admission admission = multipart && settings.files().isPresent()
                ? TicketGate.admit(engine, withFieldBytes(settings.files().get().permit(request), settings), request)
                : Admission.of(noFiles(settings));
        Reception reception = new Reception(engine, admission, inFlight.enter(admission, request.getRemoteAddr()));
        try {
            reception.requireRequestSize(request.getContentLengthLong());
            return multipart
                    ? readForm(request, engine, settings, type, reception)
                    : readPlain(request, settings, type, reception);
        } catch (IOException | RuntimeException | RefusedException e) {
            reception.abandon();
            throw e;
        }
    }

    /** Limits the fields, among them the receipts, as the filter does; the limits on files stay the policy's. */
    private static UploadPermit withFieldBytes(UploadPermit permit, Settings settings) {
        UploadLimits limits = permit.limits().toBuilder()
                .maxFieldBytes(settings.maxBodySize())
                .build();
        return permit.limits(limits);
    }

    private static UploadPermit noFiles(Settings settings) {
        return UploadPermit.anyone(UploadLimits.builder()
                .maxRequestSize(settings.maxBodySize())
                .maxFieldBytes(settings.maxBodySize())
                .deadline(settings.deadline())
                .build());
    }

    private static FinalBody readPlain(
            HttpServletRequest request, Settings settings, MediaType type, Reception reception)
            throws IOException, RefusedException {
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        receive(request, reception, new BodyParser() {
            @Override
            public void push(byte[] bytes, int offset, int length) {
                kept.write(bytes, offset, length);
            }

            @Override
            public void end() {}
        });
        byte[] body = kept.toByteArray();
        FormFields fields = type.essence().equals("application/x-www-form-urlencoded")
                ? FormFields.parse(body, charset(request))
                : FormFields.NONE;
        List<String> tokens = isJson(type)
                ? jsonTokens(body, settings)
                : fields.values(settings.field()).stream().map(String::strip).toList();
        return new FinalBody(reception, tokens, ReplayedBody.plain(body, fields), List.of());
    }

    /**
     * Returns the charset of a body. Some containers look it up themselves, and throw what {@link Charset#forName}
     * throws.
     */
    private static Charset charset(HttpServletRequest request) throws UploadRefusedException {
        try {
            String name = request.getCharacterEncoding();
            return name == null ? StandardCharsets.UTF_8 : Charset.forName(name);
        } catch (IllegalArgumentException e) {
            throw malformed("The charset in Content-Type does not exist.");
        }
    }

    private static boolean isJson(MediaType type) {
        return type.essence().equals("application/json") || type.essence().endsWith("+json");
    }

    private static List<String> jsonTokens(byte[] body, Settings settings) throws UploadRefusedException {
        JsonNode array;
        try {
            array = JSON.parse(body).at(settings.arrayPointer());
        } catch (IOException e) {
            throw malformed("The body is not well-formed JSON.");
        }
        if (!array.isArray()) {
            throw malformed("The body has no array of receipts at " + settings.arrayPointer() + ".");
        }
        List<String> tokens = new ArrayList<>();
        for (JsonNode element : array) {
            JsonNode receipt = element.at(settings.receiptPointer());
            if (!receipt.isTextual()) {
                throw malformed("Element " + tokens.size() + " has no receipt at '" + settings.receiptPointer() + "'.");
            }
            tokens.add(receipt.textValue());
        }
        return tokens;
    }

    static UploadRefusedException malformed(String detail) {
        return new UploadRefusedException(Problem.of(ProblemType.MALFORMED_REQUEST, detail));
    }

    private static FinalBody readForm(
            HttpServletRequest request, Engine engine, Settings settings, MediaType type, Reception reception)
            throws IOException, RefusedException {
        FormParts form = new FormParts(reception, part -> true);
        MultipartParser parser = MultipartParser.create(type, form);
        if (settings.files().isEmpty()) {
            form.refuseFiles();
        }
        receive(request, reception, parser);
        List<IssuedReceipt> files = publish(reception);
        List<String> tokens = new ArrayList<>();
        for (FormParts.Part part : form.parts()) {
            if (part.file() != FormParts.Part.NO_FILE) {
                tokens.add(files.get(part.file()).token());
            } else if (part.headers().name().equals(settings.field())
                    && !part.headers().isFile()) {
                tokens.add(part.text().strip()); // people paste receipts, as in the other kind of form
            }
        }
        String boundary = type.parameter("boundary").orElseThrow();
        return new FinalBody(reception, tokens, ReplayedBody.form(engine, boundary, form.parts(), files), files);
    }

    private static List<IssuedReceipt> publish(Reception reception) throws RefusedException {
        try {
            return reception.publish().join();
        } catch (CompletionException e) {
            throw UploadResponse.refusalOf(e);
        }
    }

    private static void receive(HttpServletRequest request, Reception reception, BodyParser parser)
            throws IOException, RefusedException {
        try {
            Receiver.of(request, reception, parser).receiveAll();
        } catch (IOException e) {
            throw new BrokenOff(e);
        }
    }

    /** Returns the receipts in the order of the body, including those of the form's files. */
    public List<String> tokens() {
        return tokens;
    }

    /** Returns the request as if its body had not been read. */
    public ReplayedRequest replay(HttpServletRequest request) throws UploadRefusedException {
        return new ReplayedRequest(request, replayed);
    }

    /** Keeps the form's files, whose receipts the application now has. Closing then leaves them alone. */
    public void keepFiles() {
        reception.keep(files);
        files = List.of();
    }

    /** Withdraws the form's files if they are not kept, because nobody has their receipts. */
    @Override
    public void close() {
        reception.abandon();
        reception.withdraw(files);
    }
}
