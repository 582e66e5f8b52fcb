package io.github.uploadreceipts.internal.handover;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.handover.Verdict.Status;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.token.ClaimReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * How a hand-over has ended, which is kept as JSON.
 *
 * @param verdict done, or refused
 * @param parties the names of the parties, in the order in which they were told
 * @param turn the index of the last party that was told: the one that has refused, if one has
 */
record Decision(Verdict verdict, List<String> parties, int turn) {

    private static final StrictJson JSON = StrictJson.ofDepth(2);

    String toJson() {
        ObjectNode json = StrictJson.object().put("status", verdict.status().name());
        verdict.message().ifPresent(text -> json.put("message", text));
        verdict.data().ifPresent(text -> json.put("data", text));
        parties.forEach(json.putArray("parties")::add);
        return json.put("turn", turn).toString();
    }

    /** @throws IOException if it is no such record; the message quotes none of it */
    static Decision parse(String text) throws IOException {
        ClaimReader json = new ClaimReader(JSON.parseObject(text.getBytes(StandardCharsets.UTF_8)));
        try {
            Optional<String> message = json.optionalText("message");
            Optional<String> data = json.optionalText("data");
            Verdict verdict = new Verdict(Status.valueOf(json.text("status")), message, data);
            return new Decision(verdict, json.texts("parties"), json.count("turn"));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new IOException("the record of a verdict is malformed", e);
        }
    }
}
