package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.internal.peer.PeerMessages.Asked;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.store.Location;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What hosts ask each other about what they keep, such as short share links and hand-overs: the one place that asks, and the
 * one that finds who responds.
 *
 * <p>Safe for use by several threads.
 */
public final class PeerQuestions {

    /** The path, below the application's context path, at which a host is asked, by POST. */
    public static final String PATH = Location.PATH + "ask";

    private static final String BEARER = "Bearer ";

    private final PeerMessages messages;
    private final Sending sending;
    private final Map<String, Responder> responders = new ConcurrentHashMap<>();

    /** Sends a peer a request without a body, as {@link Peers} does. */
    interface Sending {
        CompletableFuture<PeerRelay.Response> send(
                URI peer, String method, String path, Map<String, String> fields, Duration patience);
    }

    /** Responds to one kind of question. */
    @FunctionalInterface
    public interface Responder {

        /**
         * Responds to a question. Does not wait.
         *
         * @param mayTakeLong whether the response may come much later, as a question may ask; otherwise a thread waits
         * @return the fields of the response. The future fails with a {@link RefusedException} to refuse
         * @throws IllegalArgumentException if the question's fields are malformed
         */
        CompletableFuture<PackedWriter> respond(PackedReader fields, boolean mayTakeLong);
    }

    /** Reads the fields of a response; throws {@link IllegalArgumentException} if they are malformed. */
    @FunctionalInterface
    public interface Reading<T> {
        /** Returns what they say. */
        T read(PackedReader fields);
    }

    PeerQuestions(KeyRing ring, Clock clock, OwnUrls own, Sending sending) {
        this.messages = new PeerMessages(ring, clock, own);
        this.sending = sending;
    }

    /** Sets who responds to an action. */
    public void register(String action, Responder responder) {
        responders.put(action, responder);
    }

    /**
     * Asks a peer. Does not wait.
     *
     * @param patience how long the peer may take
     * @return what the response says. The future fails with a {@link RefusedException} if the peer refuses, and with an
     *     {@link IOException} that says why if there is no response that is accepted. It is completed on a thread that
     *     must not be blocked
     * @throws IllegalArgumentException if the question would be too long
     */
    public <T> CompletableFuture<T> ask(
            URI peer, String action, PackedWriter fields, Duration patience, Reading<T> reading) {
        String question = messages.question(peer, action, fields);
        CompletableFuture<T> result = new CompletableFuture<>();
        var unused = sending.send(peer, "POST", PATH, Map.of("Authorization", BEARER + question), patience)
                .whenComplete((response, failure) -> {
                    try {
                        if (failure != null) {
                            throw new IOException(String.valueOf(cause(failure)), cause(failure));
                        }
                        result.complete(read(question, response, reading));
                    } catch (IOException | RefusedException | RuntimeException | Error e) {
                        result.completeExceptionally(e);
                    }
                });
        return result;
    }

    private <T> T read(String question, PeerRelay.Response response, Reading<T> reading)
            throws IOException, RefusedException {
        if (response.status() != 200) {
            throw new IOException("it responded with " + response.status());
        }
        try {
            String body = StandardCharsets.US_ASCII.decode(response.body()).toString();
            return reading.read(messages.read(question, body));
        } catch (TokenRefusedException e) {
            throw new IOException("its response is not accepted: " + e.explanation(), e);
        } catch (IllegalArgumentException e) {
            throw new IOException("its response is malformed", e);
        }
    }

    /**
     * Responds to a peer's question. Does not wait.
     *
     * @param question what the peer sent as its Bearer token
     * @param mayTakeLong whether no thread waits for the response
     * @return the response's body. The future fails if something unexpected happened
     * @throws TokenRefusedException if no host of the fleet has asked this
     */
    public CompletableFuture<String> respond(String question, boolean mayTakeLong) throws TokenRefusedException {
        Asked asked = messages.verify(question);
        Responder responder = responders.get(asked.action());
        if (responder == null) {
            throw messages.malformed();
        }
        try {
            return responder
                    .respond(asked.fields(), mayTakeLong)
                    .handle((fields, failure) -> failure == null
                            ? messages.response(question, fields)
                            : messages.refusal(question, refusal(failure).problem()));
        } catch (IllegalArgumentException e) {
            throw messages.malformed();
        }
    }

    private static RefusedException refusal(Throwable failure) {
        Throwable cause = cause(failure);
        if (cause instanceof RefusedException refusal) {
            return refusal;
        }
        throw new CompletionException(cause);
    }

    /** Returns why a future has failed, without what futures put around it. */
    public static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
