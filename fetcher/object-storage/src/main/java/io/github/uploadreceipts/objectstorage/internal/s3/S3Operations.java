package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectChecks;
import io.github.uploadreceipts.objectstorage.internal.client.Operations;
import io.github.uploadreceipts.objectstorage.internal.s3.S3Settings.Rules;
import io.github.uploadreceipts.store.StoreException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What an operator does with a bucket of a store that speaks S3, and with the one into which browsers write. */
public final class S3Operations implements Operations {

    private static final String ABORT = "AbortIncompleteMultipartUpload";
    private static final String EXPIRE = "Expiration";

    private static final String ABANDONED_PARTS = lifecycle(
            "abandoned-parts", "", "<" + ABORT + "><DaysAfterInitiation>2</DaysAfterInitiation></" + ABORT + ">");

    /** Below it is all that clients write. */
    private static final String INCOMING_PREFIX = "incoming/";

    private static final String ABANDONED_OBJECTS =
            lifecycle("abandoned-objects", INCOMING_PREFIX, "<" + EXPIRE + "><Days>2</Days></" + EXPIRE + ">");

    private final S3Bucket bucket;
    private final S3Client client;
    private final S3Requests requests;
    private final S3Settings settings;
    private final Supplier<S3Credentials> credentials;
    private final Clock clock;
    private final Supplier<S3Bucket> incomingBucket;
    private final Optional<Supplier<S3Credentials>> writer;

    /**
     * Creates what opens no connection yet.
     *
     * @param incomingBucket into which browsers write, if they do; asked for only then
     * @param writer signs what they write by, if they do
     */
    public S3Operations(
            S3Bucket bucket,
            Supplier<S3Credentials> credentials,
            Clock clock,
            Supplier<S3Bucket> incomingBucket,
            Optional<Supplier<S3Credentials>> writer) {
        this.bucket = bucket;
        this.client = new S3Client(bucket, credentials, clock);
        this.requests = new S3Requests(bucket, credentials, clock);
        this.settings = new S3Settings(requests);
        this.credentials = credentials;
        this.clock = clock;
        this.incomingBucket = incomingBucket;
        this.writer = writer;
    }

    private static String lifecycle(String id, String prefix, String action) {
        return "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ID>upload-receipts-"
                + id
                + "</ID><Filter><Prefix>" + prefix + "</Prefix></Filter><Status>Enabled</Status>" + action
                + "</Rule></LifecycleConfiguration>";
    }

    @Override
    public List<Finding> check() {
        List<Finding> findings = new ArrayList<>();
        try {
            if (!settings.exists()) {
                findings.add(new Finding(Grade.BAD, "there is no bucket " + bucket.name() + "; 'prepare' creates it"));
                return findings;
            }
            findings.addAll(ObjectChecks.of(client));
            findings.add(versions(settings));
            findings.add(abandonedParts());
            if (writer.isPresent()) {
                checkIncoming(writer.get(), findings);
            }
        } catch (StoreException e) {
            findings.add(new Finding(Grade.BAD, "" + e.getMessage()));
        }
        return findings;
    }

    private static Finding versions(S3Settings of) {
        try {
            return switch (of.versioning()) {
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

    private Finding abandonedParts() {
        try {
            return settings.lifecycle().have(ABORT, "")
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

    private void checkIncoming(Supplier<S3Credentials> key, List<Finding> findings) throws StoreException {
        S3Bucket place = incomingBucket.get();
        try (S3Requests requestsThere = new S3Requests(place, credentials, clock);
                S3Incoming clients = S3Incoming.of(place, key, credentials, clock, client)) {
            checkIncoming(place.name(), new S3Settings(requestsThere), clients, findings);
        }
    }

    private static void checkIncoming(String name, S3Settings there, S3Incoming clients, List<Finding> findings)
            throws StoreException {
        if (!there.exists()) {
            findings.add(new Finding(
                    Grade.LESS,
                    "there is no bucket " + name + ", so browsers cannot write; 'prepare' with --origin creates it"));
            return;
        }
        findings.add(clients.problem(INCOMING_PREFIX + "check-" + UUID.randomUUID())
                .map(problem -> new Finding(Grade.LESS, name + " " + problem))
                .orElse(new Finding(Grade.GOOD, name + " takes the forms that their policies permit, and no others")));
        findings.add(origins(name, there));
        Finding versions = versions(there);
        findings.add(new Finding(versions.grade(), name + ": " + versions.text()));
        findings.add(abandonedObjects(name, there));
    }

    private static Finding origins(String name, S3Settings there) {
        try {
            List<String> origins = there.cors().rules().stream()
                    .flatMap(rule -> rule.children("AllowedOrigin").stream())
                    .map(Xml::text)
                    .toList();
            return origins.isEmpty()
                    ? new Finding(
                            Grade.LESS,
                            name + " has no CORS rule: unless the store's own settings let pages write, scripts cannot")
                    : new Finding(Grade.GOOD, "pages of " + String.join(", ", origins) + " may write into " + name);
        } catch (StoreException e) {
            return new Finding(
                    Grade.LESS, "it is not known which pages may write into " + name + ": " + e.getMessage());
        }
    }

    private static Finding abandonedObjects(String name, S3Settings there) {
        try {
            return there.lifecycle().have(EXPIRE, INCOMING_PREFIX)
                    ? new Finding(Grade.GOOD, "a lifecycle rule deletes what no host has recorded in " + name)
                    : new Finding(
                            Grade.LESS,
                            "no lifecycle rule deletes what no host has recorded in " + name
                                    + ": it stays until a host purges it");
        } catch (StoreException e) {
            return new Finding(
                    Grade.LESS,
                    "it is not known whether a lifecycle rule deletes what no host has recorded in " + name + ": "
                            + e.getMessage());
        }
    }

    @Override
    public List<String> prepare() throws StoreException {
        return List.of(settings.create(), prepareRule());
    }

    /** Writing a rule replaces all rules of the bucket, so it is written only where there is none. */
    private String prepareRule() throws StoreException {
        Rules rules = settings.lifecycle();
        if (rules.have(ABORT, "")) {
            return "a lifecycle rule for abandoned parts was there";
        }
        if (!rules.rules().isEmpty()) {
            return "the bucket has other lifecycle rules, which stay as they are: add one yourself that aborts incomplete"
                    + " multipart uploads of all objects after 2 days";
        }
        return rules.known() && settings.setLifecycle(ABANDONED_PARTS, set -> set.have(ABORT, ""))
                ? "a lifecycle rule deletes abandoned parts after 2 days"
                : "the store takes no lifecycle rule: parts that a killed host left stay until somebody deletes them";
    }

    @Override
    public List<String> prepareIncoming(Supplier<String> key, List<String> origins) throws StoreException {
        try (S3Requests requestsThere = new S3Requests(incomingBucket.get(), credentials, clock)) {
            S3Settings there = new S3Settings(requestsThere);
            return List.of(there.create(), prepareOrigins(there, origins), prepareExpiry(there));
        }
    }

    private static String prepareOrigins(S3Settings there, List<String> origins) throws StoreException {
        String rule = origins.stream()
                .map(origin -> "<AllowedOrigin>" + Xml.escaped(origin) + "</AllowedOrigin>")
                .collect(Collectors.joining(
                        "", "", "<AllowedMethod>POST</AllowedMethod><MaxAgeSeconds>600</MaxAgeSeconds>"));
        return there.setCors("<CORSConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><CORSRule>" + rule
                        + "</CORSRule></CORSConfiguration>")
                ? "pages of " + String.join(", ", origins) + " may write"
                : "the store takes no CORS rule: in its own settings, let pages of " + String.join(", ", origins)
                        + " send POST";
    }

    private String prepareExpiry(S3Settings there) throws StoreException {
        Rules rules = there.lifecycle();
        if (rules.have(EXPIRE, INCOMING_PREFIX)) {
            return "a lifecycle rule for what no host records was there";
        }
        if (!rules.rules().isEmpty()) {
            return incomingBucket.get().name()
                    + " has other lifecycle rules, which stay as they are: add one yourself that"
                    + " deletes all objects below " + INCOMING_PREFIX + " after 2 days";
        }
        return rules.known() && there.setLifecycle(ABANDONED_OBJECTS, set -> set.have(EXPIRE, INCOMING_PREFIX))
                ? "a lifecycle rule deletes what no host has recorded after 2 days"
                : "the store takes no lifecycle rule: what no host has recorded stays until a host purges it";
    }

    @Override
    public void close() {
        requests.close();
        client.close();
    }
}
