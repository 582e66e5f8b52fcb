package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectChecks;
import io.github.uploadreceipts.objectstorage.internal.client.Operations;
import io.github.uploadreceipts.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
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
            findings.add(versions());
            findings.add(abandonedParts());
        } catch (StoreException e) {
            findings.add(new Finding(Grade.BAD, "" + e.getMessage()));
        }
        return findings;
    }

    private Finding versions() {
        try {
            return switch (versioning()) {
                case "Enabled" ->
                    new Finding(
                            Grade.BAD,
                            "the bucket keeps versions: what is discarded stays as an older version. Use a bucket without versioning");
                case "Suspended" ->
                    new Finding(
                            Grade.LESS,
                            "versioning is suspended: versions from before stay until somebody, or a lifecycle rule, deletes them");
                default -> new Finding(Grade.GOOD, "the bucket keeps no versions: what is discarded is gone");
            };
        } catch (StoreException e) {
            return new Finding(Grade.LESS, "it is not known whether the bucket keeps versions: " + e.getMessage());
        }
    }

    /** Returns an empty text if there are no versions, or the store has none at all. */
    private String versioning() throws StoreException {
        S3Request request = new S3Request("GET", "").parameter("versioning", "");
        return requests.send(request, response -> {
            if (response.status() == 501) {
                return "";
            }
            Xml document = requests.anyDocument(response);
            return document.name().equals("VersioningConfiguration")
                    ? document.child("Status").orElse("").strip()
                    : "";
        });
    }

    private Finding abandonedParts() {
        try {
            return rules().deleteAbandonedParts()
                    ? new Finding(Grade.GOOD, "a lifecycle rule deletes parts that a killed host left")
                    : new Finding(
                            Grade.LESS,
                            "no lifecycle rule deletes parts that a killed host left: they stay until somebody does");
        } catch (StoreException e) {
            return new Finding(
                    Grade.LESS,
                    "it is not known whether a lifecycle rule deletes parts that a killed host left: "
                            + e.getMessage());
        }
    }

    private boolean exists() throws StoreException {
        S3Request request = new S3Request("GET", "").parameter("list-type", "2").parameter("max-keys", "1");
        return requests.send(request, response -> {
            if (response.status() == 404 && S3.code(response).equals("NoSuchBucket")) {
                return false;
            }
            response.expect(200);
            return true;
        });
    }

    /**
     * The lifecycle rules of a bucket.
     *
     * @param known whether the store has such rules at all
     */
    private record Rules(boolean known, List<Xml> rules) {

        boolean deleteAbandonedParts() {
            return rules.stream()
                    .anyMatch(rule -> !rule.children("AbortIncompleteMultipartUpload")
                                    .isEmpty()
                            && rule.child("Status").filter("Enabled"::equals).isPresent()
                            && isForAllObjects(rule));
        }

        private static boolean isForAllObjects(Xml rule) {
            List<Xml> conditions = new ArrayList<>(rule.children("Prefix"));
            rule.children("Filter").forEach(filter -> conditions.addAll(filter.children()));
            return conditions.stream()
                    .allMatch(condition -> condition.name().equals("Prefix")
                            && condition.text().isBlank());
        }
    }

    /** A store that has no rules says so, or responds with another document, such as a listing. */
    private Rules rules() throws StoreException {
        S3Request request = new S3Request("GET", "").parameter("lifecycle", "");
        return requests.send(request, response -> {
            if (response.status() == 501) {
                return new Rules(false, List.of());
            }
            if (response.status() == 404 && S3.code(response).equals("NoSuchLifecycleConfiguration")) {
                return new Rules(true, List.of());
            }
            Xml document = requests.anyDocument(response);
            return document.name().equals("LifecycleConfiguration")
                    ? new Rules(true, document.children("Rule"))
                    : new Rules(false, List.of());
        });
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
        done.add(prepareRule());
        return done;
    }

    /** Writing a rule replaces all rules of the bucket, so it is written only where there is none. */
    private String prepareRule() throws StoreException {
        Rules rules = rules();
        if (rules.deleteAbandonedParts()) {
            return "a lifecycle rule for abandoned parts was there";
        }
        if (!rules.rules().isEmpty()) {
            return "the bucket has other lifecycle rules, which stay as they are: add one yourself that aborts incomplete"
                    + " multipart uploads of all objects after 2 days";
        }
        return rules.known() && addRule()
                ? "a lifecycle rule deletes abandoned parts after 2 days"
                : "the store takes no lifecycle rule: parts that a killed host left stay until somebody deletes them";
    }

    private void create() throws StoreException {
        S3Request request = new S3Request("PUT", "").empty();
        if (!bucket.region().equals(DEFAULT_REGION)) {
            String body =
                    "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>"
                            + bucket.region() + "</LocationConstraint></CreateBucketConfiguration>";
            request.body(StandardCharsets.UTF_8.encode(body), XML);
        }
        var unused = requests.send(request, response -> {
            boolean ours = response.status() == 409 && S3.code(response).equals("BucketAlreadyOwnedByYou");
            return ours ? response : response.expect(200);
        });
    }

    /** Returns whether the rule is there afterwards. */
    private boolean addRule() throws StoreException {
        ByteBuffer rules = StandardCharsets.UTF_8.encode(ABANDONED_PARTS);
        S3Request request = new S3Request("PUT", "")
                .parameter("lifecycle", "")
                .body(rules, XML)
                .field("content-md5", Base64.getEncoder().encodeToString(Digests.md5(rules)))
                .field(Proof.CHECKSUM, Proof.of(rules).sha256());
        int status = requests.send(
                request,
                response ->
                        response.status() == 501 ? 501 : response.expect(200).status());
        return status == 200 && rules().deleteAbandonedParts();
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
