package io.github.uploadreceipts.servlet.internal.share;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.share.UploadRequestTerms;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.internal.response.Responses;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.List;

/** What those are told who send files by an upload-request link. No receipts: the files belong to the receiver. */
final class UploadRequestLook implements UploadResponse.Look {

    private final UploadRequestTerms terms;
    private final ShareRequest asked;
    private final ShareResponse reply;
    private final HttpServletResponse response;
    private final List<UploadReceipt> files = new ArrayList<>();

    UploadRequestLook(UploadRequestTerms terms, ShareRequest asked, ShareResponse reply, HttpServletResponse response) {
        this.terms = terms;
        this.asked = asked;
        this.reply = reply;
        this.response = response;
    }

    /** Adds files that were sent before the form. */
    void add(List<UploadReceipt> receipts) {
        files.addAll(receipts);
    }

    @Override
    public byte[] ofReceipts(List<IssuedReceipt> issued) {
        issued.forEach(each -> files.add(each.receipt()));
        if (asked.isNavigation()) {
            return reply.page(HttpServletResponse.SC_CREATED, UploadRequestPage.thanks(terms, files));
        }
        ObjectNode json = StrictJson.object();
        var array = json.putArray("files");
        files.forEach(file -> array.addObject().put("name", file.name()).put("size", file.size()));
        return Responses.prepare(response, HttpServletResponse.SC_CREATED, "application/json", json.toString());
    }

    @Override
    public byte[] ofProblem(Problem problem) {
        return reply.refusal(problem, UploadRequestPage.ofProblem(terms, problem, asked));
    }
}
