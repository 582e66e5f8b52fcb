package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** What is set for a bucket: whether it is there, and its rules. Some stores have no such rules. */
final class S3Settings {

    private static final String XML = "application/xml";

    /** Where no region has to be named when a bucket is created. */
    private static final String DEFAULT_REGION = "us-east-1";

    private final S3Requests requests;

    S3Settings(S3Requests requests) {
        this.requests = requests;
    }

    boolean exists() throws StoreException {
        S3Request request = new S3Request("GET", "").parameter("list-type", "2").parameter("max-keys", "1");
        return requests.send(request, response -> {
            if (response.status() == 404 && S3.code(response).equals("NoSuchBucket")) {
                return false;
            }
            response.expect(200);
            return true;
        });
    }

    /** Returns what was done. */
    String create() throws StoreException {
        String name = requests.bucket().name();
        if (exists()) {
            return name + " was there";
        }
        S3Request request = new S3Request("PUT", "").empty();
        if (!requests.bucket().region().equals(DEFAULT_REGION)) {
            String body =
                    "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>"
                            + requests.bucket().region() + "</LocationConstraint></CreateBucketConfiguration>";
            request.body(StandardCharsets.UTF_8.encode(body), XML);
        }
        var unused = requests.send(request, response -> {
            boolean ours = response.status() == 409 && S3.code(response).equals("BucketAlreadyOwnedByYou");
            return ours ? response : response.expect(200);
        });
        return name + " was created";
    }

    /** Returns an empty text if there are no versions, or the store has none at all. */
    String versioning() throws StoreException {
        return setting("versioning", "", "VersioningConfiguration")
                .flatMap(document -> document.child("Status"))
                .map(String::strip)
                .orElse("");
    }

    /**
     * Rules of a bucket.
     *
     * @param known whether the store has such rules at all
     */
    record Rules(boolean known, List<Xml> rules) {

        /** Returns whether one of them does that with all objects whose names begin so. */
        boolean have(String action, String prefix) {
            return rules.stream()
                    .anyMatch(rule -> !rule.children(action).isEmpty()
                            && rule.child("Status").filter("Enabled"::equals).isPresent()
                            && isForAll(rule, prefix));
        }

        private static boolean isForAll(Xml rule, String prefix) {
            List<Xml> conditions = new ArrayList<>(rule.children("Prefix"));
            rule.children("Filter").forEach(filter -> conditions.addAll(filter.children()));
            return conditions.stream()
                    .allMatch(condition -> condition.name().equals("Prefix")
                            && prefix.startsWith(condition.text().strip()));
        }
    }

    Rules lifecycle() throws StoreException {
        return rules("lifecycle", "NoSuchLifecycleConfiguration", "LifecycleConfiguration", "Rule");
    }

    /** Which pages may send requests. */
    Rules cors() throws StoreException {
        return rules("cors", "NoSuchCORSConfiguration", "CORSConfiguration", "CORSRule");
    }

    private Rules rules(String name, String none, String root, String rule) throws StoreException {
        return setting(name, none, root)
                .map(document -> new Rules(true, document.children(rule)))
                .orElse(new Rules(false, List.of()));
    }

    /**
     * Returns a setting; empty if the store has no such setting, which it says, or it responds with another document, such
     * as a listing.
     *
     * @param none the code if nothing is set
     */
    private Optional<Xml> setting(String name, String none, String root) throws StoreException {
        S3Request request = new S3Request("GET", "").parameter(name, "");
        return requests.send(request, response -> {
            if (response.status() == 501) {
                return Optional.empty();
            }
            if (response.status() == 404 && S3.code(response).equals(none)) {
                return Optional.of(new Xml(root, "", List.of()));
            }
            return Optional.of(requests.anyDocument(response))
                    .filter(document -> document.name().equals(root));
        });
    }

    /** Replaces the lifecycle rules, and returns whether they then are as they should be. */
    boolean setLifecycle(String document, Predicate<Rules> asTheyShouldBe) throws StoreException {
        return set("lifecycle", document) && asTheyShouldBe.test(lifecycle());
    }

    /** Replaces the rules which pages may send requests, and returns whether there are any then. */
    boolean setCors(String document) throws StoreException {
        return set("cors", document) && !cors().rules().isEmpty();
    }

    /** Returns whether the store has such a setting. */
    private boolean set(String name, String document) throws StoreException {
        ByteBuffer body = StandardCharsets.UTF_8.encode(document);
        S3Request request = new S3Request("PUT", "")
                .parameter(name, "")
                .body(body, XML)
                .field("content-md5", Base64.getEncoder().encodeToString(Digests.md5(body)))
                .field(Proof.CHECKSUM, Proof.of(body).sha256());
        return requests.send(request, S3Settings::isSet);
    }

    private static boolean isSet(Response response) throws IOException {
        return response.status() != 501 && response.expect(200).status() == 200;
    }
}
