package io.github.uploadreceipts.objectstorage.internal.swift;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectChecks;
import io.github.uploadreceipts.objectstorage.internal.client.Operations;
import io.github.uploadreceipts.objectstorage.internal.http.Request;
import io.github.uploadreceipts.store.StoreException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What an operator does with a container of OpenStack Swift. */
public final class SwiftOperations implements Operations {

    private static final String KEY = "X-Container-Meta-Temp-URL-Key";
    private static final String SECOND_KEY = "X-Container-Meta-Temp-URL-Key-2";
    private static final String ORIGINS = "X-Container-Meta-Access-Control-Allow-Origin";

    private final String container;
    private final SwiftRequests hosts;
    private final SwiftRequests incoming;

    /** Creates what opens no connection yet. */
    public SwiftOperations(URI account, String container, TokenSource tokens) {
        this.container = container;
        this.hosts = new SwiftRequests(account, container, tokens);
        this.incoming = new SwiftRequests(account, container + INCOMING, tokens);
    }

    @Override
    public List<Finding> check() {
        List<Finding> findings = new ArrayList<>();
        try {
            if (!exists(hosts)) {
                findings.add(new Finding(Grade.BAD, "there is no container " + container + "; 'prepare' creates it"));
                return findings;
            }
            findings.addAll(ObjectChecks.of(SwiftClient.of(hosts)));
            checkInfo(findings);
        } catch (StoreException e) {
            findings.add(new Finding(Grade.BAD, "" + e.getMessage()));
        }
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

    private void checkInfo(List<Finding> findings) throws StoreException {
        JsonNode info = new SwiftInfo(hosts).get();
        if (info.isMissingNode()) {
            findings.add(new Finding(Grade.LESS, "the operator hides /info: what Swift has was not checked"));
            return;
        }
        findings.add(
                info.has("slo")
                        ? new Finding(Grade.GOOD, "large objects can be written in segments")
                        : new Finding(Grade.LESS, "there is no slo in the pipeline: uploads of more than 8 MiB fail"));
        findings.add(
                info.has("tempurl")
                        ? new Finding(Grade.GOOD, "temporary URLs can be made")
                        : new Finding(Grade.LESS, "there is no tempurl in the pipeline: browsers cannot write here"));
    }

    @Override
    public List<String> prepare() throws StoreException {
        return List.of(create(hosts, container));
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
    public List<String> prepareIncoming(Supplier<String> keys, List<String> origins) throws StoreException {
        String key = keys.get();
        String name = container + INCOMING;
        List<String> done = new ArrayList<>();
        done.add(create(incoming, name));
        Optional<String> known = incoming.send(
                incoming.container("HEAD", ""), response -> response.expect(204).field(KEY));
        Request settings = incoming.container("POST", "")
                .with(KEY, key)
                .with(ORIGINS, String.join(" ", origins))
                .with("X-Container-Meta-Access-Control-Max-Age", "600");
        if (known.isPresent() && !known.get().equals(key)) {
            settings = settings.with(SECOND_KEY, known.get()); // URLs by the former key stay valid
            done.add("the key was replaced; URLs that the former one signed stay valid");
        } else {
            done.add(known.isPresent() ? "the key was set" : "the key is set");
        }
        incoming.send(settings, response -> response.expect(204));
        done.add("pages of " + String.join(", ", origins) + " may write");
        return done;
    }

    @Override
    public void close() {
        hosts.close();
        incoming.close();
    }
}
