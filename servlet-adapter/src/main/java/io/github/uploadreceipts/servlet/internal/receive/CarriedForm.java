package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.internal.response.FormFieldNames;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The form of a browser without script. It brings the receipts of earlier uploads, and the next page carries them on.
 * If one of them is refused, the files of this form are not stored either. The next page also carries on the form's
 * ticket, and the fields that the settings name.
 */
public final class CarriedForm implements BodyParser {

    /** How often what a page carries on is held beside the form: as text, as fields of two forms, and as their bytes. */
    private static final int TIMES_HELD = 8;

    /** How long a character may be in HTML, beside itself. */
    private static final int TIMES_ESCAPED = "&quot;".length() - 1;

    private final Reception reception;
    private final FormParts parts;
    private final MultipartParser parser;
    private final ReceiptVerifier verifier;
    private final UploadResponse response;

    public CarriedForm(MediaType type, Reception reception, ReceiptVerifier verifier, UploadResponse response)
            throws UploadRefusedException {
        this.reception = reception;
        this.parts = new FormParts(reception, part -> !part.isFile() && isCarried(part.name(), response));
        this.parser = MultipartParser.create(type, parts);
        this.verifier = verifier;
        this.response = response;
    }

    private static boolean isCarried(String field, UploadResponse response) {
        return field.equals(FormFieldNames.RECEIPT) || response.carries(field);
    }

    @Override
    public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
        parser.push(bytes, offset, length);
    }

    @Override
    public void endEmpty(boolean declared) throws UploadRefusedException {
        parser.endEmpty(declared);
    }

    @Override
    public void end() throws RefusedException {
        parser.end();
        long carried = parts.contentSize() + parts.ticket().map(String::length).orElse(0);
        reception.memory().hold(TIMES_HELD * carried);
        List<String> tokens = new ArrayList<>();
        for (FormParts.Part part : parts.parts()) {
            if (part.file() == FormParts.Part.NO_FILE) {
                carryOn(part.headers().name(), part, tokens);
            }
        }
        reception.holdReceipts(tokens);
        Optional<String> subject = reception.admission().subject();
        List<UploadReceipt> receipts =
                subject.map(verifier::subject).orElse(verifier).verifyAll(tokens);
        for (int i = 0; i < tokens.size(); i++) {
            response.carryOn(new IssuedReceipt(receipts.get(i), tokens.get(i)));
        }
        parts.ticket().ifPresent(ticket -> response.carryOn(ticket, reception.admission(), reception.fileCount()));
    }

    private void carryOn(String field, FormParts.Part part, List<String> tokens) throws UploadRefusedException {
        if (field.equals(FormFieldNames.RECEIPT)) {
            tokens.add(part.text().strip());
        } else {
            reception.memory().hold((long) TIMES_HELD * TIMES_ESCAPED * part.content().length);
            response.carryOn(field, part.text());
        }
    }
}
