package io.github.uploadreceipts.internal.handover;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.internal.token.ClaimReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The record of an open hand-over, which is kept as JSON. The receipt is in it as its token only, so a content key is
 * encrypted.
 *
 * @param receipt the token of the upload's receipt
 * @param url the receiver of the webhook, if the upload's ticket names one
 * @param parties the names of the parties, in the order in which they are told
 * @param turn the index of the party that is told now; those before it are done
 * @param state what that party has said
 * @param attempts how often it could not be told
 * @param since when its turn began, or when it responded that it waits
 * @param next when it is told, at the earliest
 * @param expiresAt when the upload expires
 * @param expiryTold whether the application was told that the upload has expired
 * @param data what the last party that gave some has said, for the page
 */
record HandOverRecord(
        String receipt,
        Optional<URI> url,
        List<String> parties,
        int turn,
        State state,
        int attempts,
        Instant since,
        Instant next,
        Instant expiresAt,
        boolean expiryTold,
        Optional<String> data) {

    private static final StrictJson JSON = StrictJson.ofDepth(2);

    /** What the party at turn has said. */
    enum State {
        /** Nothing yet. It is told, or told again. */
        TELL,
        /** That it waits. It is not told again. */
        WAIT,
        /** That it wants to be told no more. */
        ENDED
    }

    /** Returns the record of an upload that nobody was told of yet. */
    static HandOverRecord begun(IssuedReceipt issued, Optional<URI> url, List<String> parties, Instant now) {
        return new HandOverRecord(
                issued.token(),
                url,
                List.copyOf(parties),
                0,
                State.TELL,
                0,
                now,
                now,
                issued.receipt().expiresAt(),
                false,
                Optional.empty());
    }

    /** Returns the name of the party at turn. */
    String party() {
        return parties.get(turn);
    }

    boolean isLast() {
        return turn + 1 == parties.size();
    }

    HandOverRecord in(State value, Instant now) {
        return new HandOverRecord(receipt, url, parties, turn, value, attempts, now, next, expiresAt, expiryTold, data);
    }

    /** Returns the record after an attempt that failed. */
    HandOverRecord failed(Instant retry) {
        return new HandOverRecord(
                receipt, url, parties, turn, state, attempts + 1, since, retry, expiresAt, expiryTold, data);
    }

    /** Returns the record when the application is told that the upload has expired. */
    HandOverRecord expired() {
        return new HandOverRecord(receipt, url, parties, turn, state, attempts, since, next, expiresAt, true, data);
    }

    /** Returns the record when the party at turn is done. */
    HandOverRecord advanced(Optional<String> said, Instant now) {
        return new HandOverRecord(
                receipt,
                url,
                parties,
                turn + 1,
                State.TELL,
                0,
                now,
                now,
                expiresAt,
                expiryTold,
                said.isPresent() ? said : data);
    }

    String toJson() {
        ObjectNode json = StrictJson.object().put("receipt", receipt);
        url.ifPresent(value -> json.put("url", value.toString()));
        parties.forEach(json.putArray("parties")::add);
        json.put("turn", turn)
                .put("state", state.name())
                .put("attempts", attempts)
                .put("since", since.getEpochSecond())
                .put("next", next.getEpochSecond())
                .put("expires", expiresAt.getEpochSecond());
        if (expiryTold) {
            json.put("expiryTold", true);
        }
        data.ifPresent(value -> json.put("data", value));
        return json.toString();
    }

    /** @throws IOException if it is no such record; the message quotes none of it */
    static HandOverRecord parse(String text) throws IOException {
        ClaimReader json = new ClaimReader(JSON.parseObject(text.getBytes(StandardCharsets.UTF_8)));
        try {
            HandOverRecord record = new HandOverRecord(
                    json.text("receipt"),
                    json.optionalText("url").map(URI::create),
                    json.texts("parties"),
                    json.count("turn"),
                    State.valueOf(json.text("state")),
                    json.count("attempts"),
                    json.instant("since"),
                    json.instant("next"),
                    json.instant("expires"),
                    json.has("expiryTold") && json.flag("expiryTold"),
                    json.optionalText("data"));
            if (record.turn < 0 || record.turn >= record.parties.size()) {
                throw new IOException("the record of a hand-over has no party at turn");
            }
            return record;
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
            throw new IOException("the record of a hand-over is malformed", e);
        }
    }

    /** Shows no token, and no URL. */
    @Override
    public String toString() {
        return "HandOverRecord[" + party() + " " + state + ", " + attempts + " attempts]";
    }
}
