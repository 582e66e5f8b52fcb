package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import java.util.List;

/** A final request's body of one kind of type. It is kept as it arrives, and searched for receipts when it is whole. */
interface KindOfBody extends BodyParser {

    /**
     * What was in a body.
     *
     * @param tokens the receipts in the order of the body, including those of the form's files
     * @param replayed the body for the application
     */
    record Found(List<String> tokens, ReplayedBody replayed) {}

    /**
     * Searches the whole body.
     *
     * @param files the receipts of the form's files, which have been stored
     * @throws UploadRefusedException if the body is malformed
     */
    Found search(List<IssuedReceipt> files) throws UploadRefusedException;

    /** Returns the refusal of a malformed body. */
    static UploadRefusedException malformed(String detail) {
        return new UploadRefusedException(Problem.of(ProblemType.MALFORMED_REQUEST, detail));
    }
}
