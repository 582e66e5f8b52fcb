package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectChecks;
import io.github.uploadreceipts.objectstorage.internal.client.Operations;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What an operator does with a bucket of a store that speaks S3. */
public final class S3Operations implements Operations {

    private static final String XML = "application/xml";

    /** Where no region has to be named when a bucket is created. */
    private static final String DEFAULT_REGION = "us-east-1";

    private static final String ABANDONED_PARTS = """
            <LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule>\
            <ID>upload-receipts-abandoned-parts</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>\
            <AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>\
            </Rule></LifecycleConfiguration>""";

    private final S3Requests requests;
    private final S3Client client;
    private final S3Bucket bucket;

    /** Creates what opens no connection yet. */
    public S3Operations(S3Bucket bucket, Supplier<S3Credentials> credentials, Clock clock) {
        this.bucket = bucket;
        this.requests = new S3Requests(bucket, credentials, clock);
        this.client = new S3Client(bucket, credentials, clock);
    }

    @Override
    public List<Finding> check() {
        List<Finding> findings = new ArrayList<>();
        try {
            if (!exists()) {
                findings.add(new Finding(Grade.BAD, "there is no bucket " + bucket.name() + "; 'prepare' creates it"));
                return findings;
            }
            findings.addAll(ObjectChecks.of(client));
            findings.add(
                    deletesAbandonedParts()
                            ? new Finding(Grade.GOOD, "a lifecycle rule deletes parts that a killed host left")
                            : new Finding(
                                    Grade.LESS,
                                    "no lifecycle rule deletes parts that a killed host left: they stay until somebody does"));
        } catch (StoreException e) {
            findings.add(new Finding(Grade.BAD, "" + e.getMessage()));
        }
        return findings;
    }

    private boolean exists() throws StoreException {
        S3Request request = new S3Request("GET", "").parameter("list-type", "2").parameter("max-keys", "1");
        return requests.send(request, response -> {
            if (response.status() == 404) {
                return false;
            }
            response.expect(200);
            return true;
        });
    }

    /** Some stores respond to this with a listing: only the right document counts. */
    private boolean deletesAbandonedParts() {
        S3Request request = new S3Request("GET", "").parameter("lifecycle", "");
        try {
            return requests.send(request, response -> {
                Xml rules = requests.document(response, "LifecycleConfiguration");
                return rules.children("Rule").stream()
                        .anyMatch(rule ->
                                !rule.children("AbortIncompleteMultipartUpload").isEmpty()
                                        && rule.child("Status")
                                                .filter("Enabled"::equals)
                                                .isPresent());
            });
        } catch (StoreException e) { // there is no rule, or the store knows none
            return false;
        }
    }

    @Override
    public List<String> prepare() throws StoreException {
        List<String> done = new ArrayList<>();
        if (exists()) {
            done.add(bucket.name() + " was there");
        } else {
            create();
            done.add(bucket.name() + " was created");
        }
        if (deletesAbandonedParts()) {
            done.add("a lifecycle rule for abandoned parts was there");
        } else {
            done.add(
                    addRule()
                            ? "a lifecycle rule deletes abandoned parts after 2 days"
                            : "the store takes no lifecycle rule: parts that a killed host left stay until somebody deletes them");
        }
        return done;
    }

    private void create() throws StoreException {
        S3Request request = new S3Request("PUT", "").empty();
        if (!bucket.region().equals(DEFAULT_REGION)) {
            String body =
                    "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>"
                            + bucket.region() + "</LocationConstraint></CreateBucketConfiguration>";
            request.body(StandardCharsets.UTF_8.encode(body), XML);
        }
        var unused = requests.send(request, response -> response.expect(200));
    }

    /** Returns whether the rule is there afterwards. Other rules of the bucket would be lost, so there must be none. */
    private boolean addRule() {
        ByteBuffer rules = StandardCharsets.UTF_8.encode(ABANDONED_PARTS);
        S3Request request = new S3Request("PUT", "").parameter("lifecycle", "").body(rules, XML);
        try {
            if (hasRules()) {
                return false;
            }
            request.field(Proof.CHECKSUM, Proof.of(rules).sha256());
            var unused = requests.send(request, response -> response.expect(200));
        } catch (IOException e) {
            return false;
        }
        return deletesAbandonedParts();
    }

    private boolean hasRules() throws StoreException {
        return requests.send(new S3Request("GET", "").parameter("lifecycle", ""), response -> response.status() == 200);
    }

    @Override
    public List<String> prepareIncoming(String key, List<String> origins) {
        throw new IllegalArgumentException("pages cannot write straight to S3: only Swift takes --origin");
    }

    @Override
    public void close() {
        client.close();
        requests.close();
    }
}
