package io.github.uploadreceipts.servlet.internal.direct;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.MemoryBudget;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.finish.FormFields;
import io.github.uploadreceipts.servlet.internal.receive.TicketGate;
import io.github.uploadreceipts.servlet.internal.response.FormFieldNames;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * What the page of a browser without script carries on: receipts, a ticket, and the fields that the settings name. A form
 * that goes to the store can carry nothing, so the store keeps it until the browser comes back.
 */
final class DirectForm {

    /** Some hundred receipts. */
    static final int MAX_BYTES = 256 << 10;

    private static final StrictJson JSON = StrictJson.ofDepth(3);

    private final ObjectNode carried;

    private DirectForm(ObjectNode carried) {
        this.carried = carried;
    }

    /** Returns the fields of a form, which the container has if a filter in front has made it read them. */
    static FormFields fields(Engine engine, HttpServletRequest request, byte[] body) throws UploadRefusedException {
        if (body.length > 0 || !ContainerManners.hasBody(request)) {
            return FormFields.ofQuery(new String(body, StandardCharsets.ISO_8859_1));
        }
        try (MemoryBudget.Share memory = engine.memory().share()) {
            return FormFields.ofContainer(request, memory, true);
        }
    }

    /** Returns what the form and its ticket permit. */
    static Admission admission(Engine engine, Admission admission, FormFields fields) throws UploadRefusedException {
        Optional<String> ticket = ticket(fields);
        if (!admission.awaitsTicket()) {
            return admission;
        }
        if (ticket.isEmpty()) {
            throw new UploadRefusedException(Problem.of(ProblemType.TICKET_REQUIRED));
        }
        String slot = fields.values(FormFieldNames.SLOT).stream().findFirst().orElse(null);
        return TicketGate.admit(engine, admission, ticket.get(), slot);
    }

    private static Optional<String> ticket(FormFields fields) {
        return fields.values(FormFieldNames.TICKET).stream().findFirst();
    }

    /**
     * Returns what is carried on after one more file.
     *
     * @throws RefusedException if a receipt is refused
     */
    static DirectForm of(Engine engine, Admission admission, FormFields fields, UploadResponse response)
            throws RefusedException {
        ObjectNode carried = StrictJson.object();
        ReceiptVerifier verifier =
                admission.subject().map(engine.receipts()::subject).orElse(engine.receipts());
        List<String> tokens = fields.values(FormFieldNames.RECEIPT).stream()
                .map(String::strip)
                .toList();
        ArrayNode receipts = carried.putArray("receipts");
        List<UploadReceipt> verified = verifier.verifyAll(tokens);
        for (int i = 0; i < tokens.size(); i++) {
            receipts.addObject()
                    .put("token", tokens.get(i))
                    .put("name", verified.get(i).name());
        }
        ArrayNode others = carried.putArray("fields");
        fields.byName().forEach((name, values) -> {
            if (response.carries(name)) {
                values.forEach(value -> others.addObject().put("name", name).put("value", value));
            }
        });
        ticket(fields).filter(ticket -> admission.ticket().isPresent()).ifPresent(ticket -> {
            int next = admission.slot() + 1;
            carried.put("ticket", ticket).put("slot", next);
            carried.put(
                    "more", next < admission.terms().map(UploadTicket::files).orElse(0));
        });
        return new DirectForm(carried);
    }

    /** Reads what was kept. */
    static DirectForm parse(byte[] kept) {
        try {
            return new DirectForm(kept.length == 0 ? StrictJson.object() : JSON.parseObject(kept));
        } catch (IOException e) {
            throw new IllegalStateException("what was kept of a form is damaged", e);
        }
    }

    /** Returns nothing if nothing has to be carried on. */
    byte[] toBytes() {
        boolean none =
                carried.path("receipts").isEmpty() && carried.path("fields").isEmpty() && !carried.has("ticket");
        return none ? new byte[0] : carried.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Puts everything on a page. */
    void carryOn(UploadResponse response) {
        for (JsonNode receipt : carried.path("receipts")) {
            response.carryOnReceipt(
                    receipt.path("token").asText(), receipt.path("name").asText());
        }
        for (JsonNode field : carried.path("fields")) {
            response.carryOn(field.path("name").asText(), field.path("value").asText());
        }
    }

    /** Has the page begin another upload, if there may be one. */
    void beginNext(UploadResponse response, String action) {
        response.beginDirectly(
                action,
                carried.path("more").asBoolean(true),
                Optional.ofNullable(carried.path("ticket").textValue()),
                carried.path("slot").asInt());
    }
}
