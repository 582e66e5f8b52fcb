package io.github.uploadreceipts.objectstorage.internal.swift;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.objectstorage.internal.client.Operations;
import io.github.uploadreceipts.store.StoreException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What an operator does with a container of OpenStack Swift. */
public final class SwiftOperations implements Operations {

    /** What the name of the container has at its end into which browsers write. */
    public static final String INCOMING = "-incoming";

    private static final int LARGEST_INFO = 64 * 1024;
    private static final Duration CLOCKS = Duration.ofSeconds(60);
    private static final byte[] BYTES = "Upload Receipts checks this container.".getBytes(StandardCharsets.US_ASCII);

    private static final String KEY = "X-Container-Meta-Temp-URL-Key";
    private static final String SECOND_KEY = "X-Container-Meta-Temp-URL-Key-2";
    private static final String ORIGINS = "X-Container-Meta-Access-Control-Allow-Origin";

    private final SwiftHttp http = new SwiftHttp();
    private final URI account;
    private final String container;
    private final TokenSource tokens;

    /** Creates what opens no connection yet. */
    public SwiftOperations(URI account, String container, TokenSource tokens) {
        this.account = account;
        this.container = container;
        this.tokens = tokens;
    }

    private SwiftRequests requests(String name) {
        return new SwiftRequests(http, account, name, tokens);
    }

    @Override
    public List<Finding> check() {
        List<Finding> findings = new ArrayList<>();
        SwiftRequests requests = requests(container);
        try {
            if (!exists(requests)) {
                findings.add(new Finding(Grade.BAD, "there is no container " + container + "; 'prepare' creates it"));
                return findings;
            }
            checkObjects(findings, requests);
            checkClock(findings, requests);
            checkInfo(findings, requests);
        } catch (StoreException e) {
            findings.add(new Finding(Grade.BAD, "" + e.getMessage()));
            return findings;
        }
        findings.add(new Finding(
                Grade.LESS,
                "Swift lets two of two racers write: claims, and uploads by ticket, are refused without ObjectClaims"));
        return findings;
    }

    private static boolean exists(SwiftRequests requests) throws StoreException {
        return requests.send(requests.container("HEAD", ""), response -> {
            if (response.status() == 404) {
                return false;
            }
            response.expect(204);
            return true;
        });
    }

    private static void checkObjects(List<Finding> findings, SwiftRequests requests) throws StoreException {
        SwiftClient client = SwiftClient.of(requests);
        String name = "check-" + UUID.randomUUID();
        client.put(name, ByteBuffer.wrap(BYTES), Optional.of(Instant.now().plus(Duration.ofHours(1))));
        try {
            boolean same = Arrays.equals(client.get(name, BYTES.length).orElse(new byte[0]), BYTES);
            findings.add(
                    same
                            ? new Finding(Grade.GOOD, "an object was written, read and proved")
                            : new Finding(Grade.BAD, "an object that was written had other bytes when it was read"));
        } finally {
            boolean deleted = client.delete(name);
            if (!deleted) {
                findings.add(new Finding(Grade.BAD, name + " was not there any more when it was to be deleted"));
            }
        }
    }

    private static void checkClock(List<Finding> findings, SwiftRequests requests) {
        Duration apart = requests.time()
                .map(time -> Duration.between(Instant.now(), time).abs())
                .orElse(Duration.ZERO);
        findings.add(
                apart.compareTo(CLOCKS) <= 0
                        ? new Finding(Grade.GOOD, "the clocks agree")
                        : new Finding(
                                Grade.LESS,
                                "the clocks are " + apart.toSeconds()
                                        + " s apart: hosts do not purge until they agree"));
    }

    private static void checkInfo(List<Finding> findings, SwiftRequests requests) throws StoreException {
        Optional<JsonNode> info = requests.send(
                requests.info(),
                response -> response.status() == 200
                        ? Optional.of(SwiftClient.json(response, response.body(LARGEST_INFO)))
                        : Optional.empty());
        if (info.isEmpty()) {
            findings.add(new Finding(Grade.LESS, "the operator hides /info: what Swift has was not checked"));
            return;
        }
        findings.add(
                info.get().has("slo")
                        ? new Finding(Grade.GOOD, "large objects can be written in segments")
                        : new Finding(Grade.LESS, "there is no slo in the pipeline: uploads of more than 8 MiB fail"));
        findings.add(
                info.get().has("tempurl")
                        ? new Finding(Grade.GOOD, "temporary URLs can be made")
                        : new Finding(Grade.LESS, "there is no tempurl in the pipeline: browsers cannot write here"));
    }

    @Override
    public List<String> prepare() throws StoreException {
        return List.of(create(requests(container), container));
    }

    private static String create(SwiftRequests requests, String name) throws StoreException {
        return requests.send(requests.container("PUT", ""), response -> {
            if (response.status() == 202) {
                return name + " was there";
            }
            response.expect(201);
            return name + " was created";
        });
    }

    @Override
    public List<String> prepareIncoming(String key, List<String> origins) throws StoreException {
        String name = container + INCOMING;
        SwiftRequests requests = requests(name);
        List<String> done = new ArrayList<>();
        done.add(create(requests, name));
        Optional<String> known = requests.send(
                requests.container("HEAD", ""), response -> response.expect(204).field(KEY));
        SwiftRequest settings = requests.container("POST", "")
                .with(KEY, key)
                .with(ORIGINS, String.join(" ", origins))
                .with("X-Container-Meta-Access-Control-Max-Age", "600");
        if (known.isPresent() && !known.get().equals(key)) {
            settings = settings.with(SECOND_KEY, known.get()); // URLs by the former key stay valid
            done.add("the key was replaced; URLs that the former one signed stay valid");
        } else {
            done.add(known.isPresent() ? "the key was set" : "the key is set");
        }
        requests.send(settings, response -> response.expect(204));
        done.add("pages of " + String.join(", ", origins) + " may write");
        return done;
    }

    @Override
    public void close() {
        http.close();
    }
}
