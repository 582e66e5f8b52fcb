package io.github.uploadreceipts.objectstorage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.direct.DirectStore.Arrived;
import io.github.uploadreceipts.internal.direct.DirectStore.Incoming;
import io.github.uploadreceipts.internal.direct.DirectStore.WriteRequest;
import io.github.uploadreceipts.internal.direct.DirectUploads;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.objectstorage.testing.FormClient;
import io.github.uploadreceipts.objectstorage.testing.S3Engine;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads that a client writes straight to a real S3 store, by forms, and what else it may try with them. */
class S3DirectIT extends DirectContract {

    private static final byte[] BYTES = "bytes".getBytes(UTF_8);

    @SuppressWarnings("NullAway.Init")
    private static S3Engine engine;

    private final FormClient client = new FormClient();

    @BeforeAll
    static void startStore(@TempDir Path directory) throws IOException {
        engine = S3Engine.start(directory);
    }

    @AfterAll
    static void stopStore() {
        engine.close();
    }

    @Override
    ObjectStorage newStorage() throws IOException {
        String bucket = engine.newBucket();
        engine.createBucket(bucket + "-clients");
        return storage(bucket, engine.credentials());
    }

    private static S3Storage storage(String bucket, S3Credentials writer) {
        return S3Storage.builder(engine.endpoint().toString())
                .bucket(bucket)
                .region(S3Engine.REGION)
                .credentials(engine::credentials)
                .incoming(bucket + "-clients", () -> writer)
                .pathStyle()
                .build();
    }

    @Override
    ObjectUploadStore newStore(ObjectStorage storage) throws IOException {
        return ObjectUploadStore.builder(storage).build();
    }

    @Override
    int send(WriteRequest request, byte[] bytes) throws Exception {
        assertThat(request.method()).isEqualTo("POST");
        return client.send(request.url(), request.fields(), "a.jpg", bytes).statusCode();
    }

    /** s3proxy refuses control characters, and names of dots. */
    @Override
    String oddestName() {
        return " <&>%";
    }

    /** radosgw cuts it at a semicolon. */
    @Override
    void assertName(String kept, String fileName) {
        assertThat(List.of(fileName, "\"" + fileName.split(";", 2)[0])).anyMatch(kept::endsWith);
    }

    private int send(WriteRequest form, Map<String, String> fields, String... header) throws Exception {
        return client.send(form.url(), fields, "a.jpg", BYTES, header).statusCode();
    }

    private static Map<String, String> with(WriteRequest form, String name, String value) {
        Map<String, String> fields = new LinkedHashMap<>(form.fields());
        fields.put(name, value);
        return fields;
    }

    private List<String> incomingNames() throws StoreException {
        return storage.incoming().orElseThrow().list("", "").stream()
                .map(object -> object.name())
                .toList();
    }

    @Test
    void form_sizeIsWrong_isRefused() throws Exception {
        WriteRequest form = permit(5);
        for (int size : List.of(0, 4, 6, 100_000)) {
            assertThat(send(form, new byte[size])).as("%s bytes", size).isEqualTo(400);
        }
        assertThat(incomingNames())
                .as("the probe is deleted, and nothing has come")
                .isEmpty();
        assertThat(send(form, BYTES)).isEqualTo(204);
        assertThat(incomingNames()).containsExactly(name);
    }

    @Test
    void form_fieldsAreOthers_isRefused() throws Exception {
        WriteRequest form = permit(5);
        String other = "incoming/" + hour + "/" + UploadId.random();
        for (Map<String, String> fields : List.of(
                with(form, "key", other),
                with(form, "key", name + "/${filename}"),
                with(form, "key", "data/" + hour + "/" + id),
                with(form, "Content-Type", "text/html"),
                with(form, "x-amz-date", "20300101T000000Z"),
                with(form, "x-amz-signature", "0".repeat(64)),
                with(form, "acl", "public-read"),
                with(form, "x-amz-copy-source", "/" + other),
                with(form, "x-amz-meta-writer", "evil"),
                with(form, "x-amz-tagging", "a=b"),
                with(form, "tagging", "<Tagging/>"),
                with(form, "Content-Encoding", "gzip"),
                with(form, "Expires", "0"),
                with(form, "x-amz-website-redirect-location", "http://evil.example/"),
                with(form, "success_action_status", "201"),
                with(form, "success_action_redirect", "http://evil.example/"))) {
            assertThat(send(form, fields)).as("%s", fields).isEqualTo(403);
        }
        for (String missing : List.of("policy", "x-amz-signature", "Content-Type")) {
            Map<String, String> fields = new LinkedHashMap<>(form.fields());
            fields.remove(missing);
            assertThat(send(form, fields)).as(missing).isBetween(400, 403);
        }
        assertThat(incomingNames()).isEmpty();
    }

    @Test
    void policy_isChanged_orExpired_orOfAnotherBucket_isRefused() throws Exception {
        WriteRequest form = permit(5);
        String policy = new String(Base64.getDecoder().decode(form.fields().get("policy")), UTF_8);
        String longer = policy.replace("5,5]", "0,9]");
        assertThat(longer).isNotEqualTo(policy);
        assertThat(send(form, with(form, "policy", Base64.getEncoder().encodeToString(longer.getBytes(UTF_8)))))
                .isEqualTo(403);
        WriteRequest late = direct(store).permit(incoming, 5, Instant.now().minusSeconds(2));
        assertThat(send(late, BYTES)).isEqualTo(403);
        String path = form.url().getPath();
        URI hosts = form.url().resolve(path.substring(0, path.length() - "-clients".length()));
        assertThat(client.send(hosts, form.fields(), "a.jpg", BYTES).statusCode())
                .isEqualTo(403);
        assertThat(incomingNames()).isEmpty();
        assertThat(storage.client().list("incoming/", "")).isEmpty();
    }

    /** A signed URL would let them in: this store obeys a copy source that is not signed. A form's header means nothing. */
    @Test
    void headerFields_areAdded_areIgnored() throws Exception {
        var unused = storage.client().put("secret", ByteBuffer.wrap("secret".getBytes(UTF_8)), Optional.empty());
        WriteRequest form = permit(5);
        String bucket = form.url().getPath().replace("-clients", "");
        assertThat(send(
                        form,
                        form.fields(),
                        "x-amz-copy-source",
                        bucket + "/secret",
                        "x-amz-acl",
                        "public-read",
                        "x-amz-meta-writer",
                        "evil",
                        "x-amz-metadata-directive",
                        "COPY"))
                .isEqualTo(204);
        assertThat(record(store)).isEqualTo(measured(BYTES));
        assertThat(read()).isEqualTo(BYTES);
        HttpRequest stranger =
                HttpRequest.newBuilder(URI.create(form.url() + "/" + name)).build();
        assertThat(HttpClient.newHttpClient()
                        .send(stranger, BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void writer_isUnknown_isToldBeforeTheFirstClient() throws Exception {
        String bucket = engine.newBucket();
        engine.createBucket(bucket + "-clients");
        try (S3Storage wrong =
                        storage(bucket, new S3Credentials(engine.credentials().accessKeyId(), "wrong"));
                ObjectUploadStore kept = newStore(wrong)) {
            assertThatThrownBy(
                            () -> direct(kept).permit(incoming, 5, Instant.now().plusSeconds(60)))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContaining("the writer's credentials")
                    .hasMessageNotContaining("wrong");
        }
    }

    @Test
    void recordToken_isUsedAgain_orIsAnotherFleets() throws Exception {
        Admission anyone = Admission.of(UploadPermit.anyone(UploadLimits.defaults()));
        try (UploadHost host = host(KeyRing.generate("ours"));
                UploadHost stranger = host(KeyRing.generate("theirs"))) {
            DirectUploads uploads = HostAccess.direct(host).orElseThrow();
            DirectUploads.Begun begun = uploads.begin(anyone, "a.jpg", "image/jpeg", BYTES.length);
            assertThatThrownBy(() -> uploads.record(begun.token()).join()).hasMessageContaining("have not come");
            assertThat(send(begun.write(), BYTES)).isEqualTo(204);
            IssuedReceipt first = uploads.record(begun.token()).join();
            assertThat(incomingNames()).isEmpty();
            assertThat(send(begun.write(), "other".getBytes(UTF_8))).isEqualTo(204);
            IssuedReceipt again = uploads.record(begun.token()).join();
            assertThat(again.receipt().id()).isEqualTo(first.receipt().id());
            assertThat(again.receipt().digest()).isEqualTo(first.receipt().digest());
            DirectUploads theirs = HostAccess.direct(stranger).orElseThrow();
            assertThatThrownBy(() -> theirs.record(begun.token())).isInstanceOf(TokenRefusedException.class);
            String foreign = theirs.begin(anyone, "a.jpg", null, 5).token();
            assertThatThrownBy(() -> uploads.record(foreign)).isInstanceOf(TokenRefusedException.class);
        }
    }

    private UploadHost host(KeyRing ring) {
        return UploadHost.builder(ring, store)
                .internalUrl("http://127.0.0.1:8080")
                .developmentMode()
                .build();
    }

    /** The policy of one upload does not let its holder write another one. */
    @Test
    void upload_ofAnother_isUntouched() throws Exception {
        WriteRequest form = permit(5);
        Incoming others = new Incoming(UploadId.random(), hour);
        WriteRequest theirs = direct(store).permit(others, 5, Instant.now().plusSeconds(60));
        assertThat(send(theirs, BYTES)).isEqualTo(204);
        assertThat(send(form, with(form, "key", theirs.fields().get("key")))).isEqualTo(403);
        assertThat(direct(store).arrived(others).map(Arrived::size)).contains(5L);
    }

    @Test
    void buckets_mustDiffer() {
        S3Storage.Builder builder = S3Storage.builder("https://s3.example.org")
                .bucket("one")
                .region("eu-1")
                .credentials(() -> new S3Credentials("id", "secret"))
                .incoming("one", () -> new S3Credentials("id", "secret"))
                .pathStyle();
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("bucket of the hosts: one");
    }
}
