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
import java.util.List;

/** What who sends files by an upload-request link is told. Nobody gets receipts: the files belong to the receiver. */
record UploadRequestLook(
        UploadRequestTerms terms, ShareRequest asked, ShareResponse reply, HttpServletResponse response)
        implements UploadResponse.Look {

    @Override
    public byte[] ofReceipts(List<IssuedReceipt> issued) {
        List<UploadReceipt> files = issued.stream().map(IssuedReceipt::receipt).toList();
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
