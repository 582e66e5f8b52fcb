package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import io.github.uploadreceipts.servlet.internal.receive.FormParts;
import io.github.uploadreceipts.servlet.internal.receive.MultipartParser;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import java.util.Optional;

/** The form of an upload-request link: the sender's name, and then the files. */
final class Submission implements BodyParser {

    /** The name of the field in which people type their names. It comes before the files. */
    static final String SENDER = "sender";

    private final FormParts parts;
    private final MultipartParser parser;

    /** Makes the ticket of a submission. */
    interface Tickets {
        String of(Optional<String> sender) throws UploadRefusedException;
    }

    Submission(MediaType type, Reception reception, Tickets tickets) throws UploadRefusedException {
        this.parts = new FormParts(
                reception,
                part -> !part.isFile() && part.name().equals(SENDER),
                before -> tickets.of(before.stream().map(FormParts.Part::text).findFirst()));
        this.parser = MultipartParser.create(type, parts);
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
        if (parts.parts().stream().allMatch(part -> part.file() == FormParts.Part.NO_FILE)) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.MALFORMED_REQUEST, "There is no file in the form."));
        }
    }
}
