package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.OTHER;
import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.share.LinkRequest;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.share.ShareLinks;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.testing.RecordedLog;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A host that asks the owner of short share links, which runs in a container. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class PeerLinksIT {

    private static final String BASE = "https://files.example.org/s/";
    private static final String PATH = "/internal/uploads/ask";

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    @TempDir
    Path elsewhere;

    private AdapterFixture owner;
    private UploadHost asking;
    private ShareLinks links;
    private UploadReceipt upload;

    private final class Relay implements PeerRelay {

        @Override
        public CompletableFuture<Response> send(Request request) {
            assertThat(request.peer()).isEqualTo(owner.host.internalUrl());
            try {
                StringBuilder head = new StringBuilder(head(request.method(), request.path()));
                request.fields().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
                Wire.Response response = Wire.exchange(owner.port(), head.toString(), new byte[0]);
                byte[] body = response.body().getBytes(StandardCharsets.US_ASCII);
                return CompletableFuture.completedFuture(
                        new Response(response.status(), response.headers(), ByteBuffer.wrap(body)));
            } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
            }
        }

        @Override
        public void pull(List<UploadReceipt> receipts, Sink sink) {
            throw new AssertionError("nothing is pulled");
        }
    }

    @BeforeEach
    void start() throws Exception {
        owner = new AdapterFixture(root);
        owner.start(
                container,
                async,
                Map.of("/internal/uploads/*", DeliveryFilter.create(owner.host)),
                new HttpServlet() {});
        upload = owner.store("a.txt", "hello").receipt();
        asking = UploadHost.builder(owner.keyRing, LocalUploadStore.at(elsewhere))
                .internalUrl(OTHER.toString())
                .peers(owner.host.internalUrl().toString())
                .developmentMode()
                .build();
        HostAccess.engine(asking).peers().attach(new Relay());
        links = ShareLinks.of(asking, BASE);
    }

    @AfterEach
    void stop() throws Exception {
        asking.close();
        owner.close();
    }

    private LinkRequest request(String url, String password) {
        Optional<String> none = Optional.empty();
        String token = url.substring(BASE.length());
        return new LinkRequest(token, Optional.of(password), none, none, "192.0.2.9", none, true);
    }

    private ProblemType refusal(LinkRequest request) {
        try {
            throw new AssertionError(HostAccess.links(asking).admit(request).get());
        } catch (ExecutionException e) {
            return ((RefusedException) e.getCause()).problem().type();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void link_ofAPeersUpload() throws Exception {
        String url =
                links.url(ShareLink.of(upload).password("right").downloads(1).build());
        assertThat(url).hasSize(BASE.length() + 59);
        assertThat(refusal(request(url, "wrong"))).isEqualTo(ProblemType.PASSWORD_REQUIRED);
        var admission = HostAccess.links(asking).admit(request(url, "right")).get();
        assertThat(admission.terms().upload().digest()).isEqualTo(upload.digest());
        assertThat(admission.pass()).isPresent();
        assertThat(admission.lease()).isPresent();
        assertThat(links.revoke(url)).isTrue();
        assertThat(links.revoke(url)).isFalse();
        assertThat(refusal(request(url, "right"))).isEqualTo(ProblemType.UPLOAD_GONE);
        owner.engine.discard(upload.owner());
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> links.url(ShareLink.of(upload).shortened().build()))
                .withMessageEndingWith("UPLOAD_GONE");
    }

    @Test
    void request_ofNoHost() throws Exception {
        assertProblem(send("POST", ""), 401, "peer-token-refused");
        assertProblem(send("POST", "Authorization: Bearer AQ\r\n"), 401, "peer-token-refused");
        assertProblem(send("POST", "X-Forwarded-For: 192.0.2.9\r\n"), 404, "not-found");
        assertProblem(send("GET", ""), 404, "not-found");
    }

    @Test
    void questions_thatHoldAThread_areWarnedOfOnce() throws Exception {
        try (RecordedLog log = RecordedLog.of("io.github.uploadreceipts.servlet")) {
            links.url(ShareLink.of(upload).shortened().build());
            links.url(ShareLink.of(upload).shortened().build());
            assertThat(log.messages())
                    .filteredOn(line -> line.contains("async-supported on DeliveryFilter"))
                    .hasSize(async ? 0 : 1);
        }
    }

    private Wire.Response send(String method, String fields) throws IOException {
        return Wire.exchange(owner.port(), head(method, PATH) + fields, new byte[0]);
    }
}
