package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import io.github.uploadreceipts.servlet.internal.receive.FormParts;
import io.github.uploadreceipts.servlet.internal.receive.MultipartParser;
import io.github.uploadreceipts.servlet.internal.receive.PartHeaders;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.response.FormFieldNames;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The form of an upload-request link: the sender's name, and then the files; or their receipts, if a script has sent them
 * before.
 */
final class Submission implements BodyParser {

    /** The name of the field in which people type their names. It comes before the files. */
    static final String SENDER = "sender";

    private final Reception reception;
    private final Sender sender;
    private final FormParts parts;
    private final MultipartParser parser;

    /** What becomes of a submission. */
    interface Sender {

        /** Returns the ticket for the files. */
        String ticket(Optional<String> typed) throws UploadRefusedException;

        /** Takes note of the receipts. */
        void brings(List<String> receipts) throws RefusedException;
    }

    Submission(MediaType type, Reception reception, Sender sender) throws UploadRefusedException {
        this.reception = reception;
        this.sender = sender;
        this.parts = new FormParts(
                reception,
                Submission::isWanted,
                before -> sender.ticket(fields(before.stream(), SENDER).findFirst()));
        this.parser = MultipartParser.create(type, parts);
    }

    private static boolean isWanted(PartHeaders part) {
        return !part.isFile() && List.of(SENDER, FormFieldNames.RECEIPT).contains(part.name());
    }

    private static Stream<String> fields(Stream<FormParts.Part> parts, String name) {
        return parts.filter(part -> part.headers().name().equals(name) && part.file() == FormParts.Part.NO_FILE)
                .map(FormParts.Part::text);
    }

    @Override
    public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
        parser.push(bytes, offset, length);
    }

    @Override
    public void endEmpty(boolean declared) throws RefusedException {
        parser.endEmpty(declared);
    }

    @Override
    public void end() throws RefusedException {
        parser.end();
        List<String> receipts = fields(parts.parts().stream(), FormFieldNames.RECEIPT)
                .map(String::strip)
                .toList();
        reception.holdReceipts(receipts);
        sender.brings(receipts);
        if (receipts.isEmpty() && parts.parts().stream().allMatch(part -> part.file() == FormParts.Part.NO_FILE)) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.MALFORMED_REQUEST, "There is no file in the form."));
        }
    }
}
