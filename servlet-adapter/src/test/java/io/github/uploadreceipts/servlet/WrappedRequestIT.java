package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import jakarta.servlet.Filter;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests behind a filter whose wrapper supports only blocking reads. */
@ParameterizedClass
@MethodSource(Container.ALL)
class WrappedRequestIT {

    @Parameter
    Container container;

    @TempDir
    Path root;

    private static final class WaitingStream extends ServletInputStream {

        private final ServletInputStream in;
        private final boolean breaks;
        private boolean finished;

        WaitingStream(ServletInputStream in, boolean breaks) {
            this.in = in;
            this.breaks = breaks;
        }

        @Override
        public int read() throws IOException {
            int read = in.read();
            finished = read < 0;
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (breaks) {
                throw new SocketTimeoutException("nothing has come for too long");
            }
            int read = in.read(bytes, offset, length);
            finished = read < 0;
            return read;
        }

        @Override
        public int available() throws IOException {
            return in.available();
        }

        @Override
        public boolean isFinished() {
            return finished;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            throw new IllegalStateException("this stream supports only blocking reads");
        }
    }

    private static final String BREAKS = "X-Breaks";

    private static HttpServletRequest wrap(HttpServletRequest request) throws IOException {
        WaitingStream stream = new WaitingStream(request.getInputStream(), request.getHeader(BREAKS) != null);
        return new HttpServletRequestWrapper(request) {
            @Override
            public ServletInputStream getInputStream() {
                return stream;
            }
        };
    }

    private AdapterFixture started(PeerRelay relay) throws Exception {
        AdapterFixture fixture = new AdapterFixture(root);
        fixture.engine.peers().attach(relay);
        Map<String, Filter> filters = new LinkedHashMap<>();
        filters.put("/*", (request, response, chain) -> chain.doFilter(wrap((HttpServletRequest) request), response));
        filters.put("/uploads/*", UploadFilter.create(fixture.host, UploadPolicy.anyone(UploadLimits.defaults())));
        return fixture.start(container, true, filters, new HttpServlet() {});
    }

    @Test
    void post_streamThatTakesNoListener_isReceived() throws Exception {
        try (AdapterFixture fixture = started(new Peer())) {
            byte[] body = form("x", filePart("a", "a/b", "one"), filePart("b", "a/b", "two"));
            List<UploadReceipt> receipts = fixture.receipts(Wire.exchange(fixture.port(), formHead(), body));
            assertThat(receipts).extracting(UploadReceipt::name).containsExactly("a", "b");
            assertThat(fixture.stored(receipts.get(1))).isEqualTo("two");
        }
    }

    /** Reads a relayed body on a thread of its own, as a fetcher does. */
    private static final class Peer implements PeerRelay {

        final ByteArrayOutputStream taken = new ByteArrayOutputStream();

        @Override
        public CompletableFuture<Response> send(Request request) {
            return CompletableFuture.supplyAsync(() -> {
                try {
                    take(request.body().orElseThrow());
                } catch (IOException | InterruptedException e) {
                    throw new CompletionException(e);
                }
                return new Response(204, Map.of("upload-relay", "taken"), ByteBuffer.allocate(0));
            });
        }

        private void take(Body body) throws IOException, InterruptedException {
            Semaphore readable = new Semaphore(0);
            body.onReadable(readable::release);
            ByteBuffer some = ByteBuffer.allocate(100);
            for (int read = body.read(some); read >= 0; read = body.read(some.clear())) {
                taken.write(some.array(), 0, read);
                if (read == 0) {
                    readable.acquire();
                }
            }
        }

        @Override
        public void pull(List<UploadReceipt> receipts, Sink sink) {
            throw new AssertionError("nothing is pulled");
        }
    }

    private static String patchElsewhere(AdapterFixture fixture) {
        return AdapterFixture.head("PATCH", fixture.pathElsewhere()) + TusClient.TUS + TusClient.BYTES
                + "Upload-Offset: 0\r\n";
    }

    /** Bytes that the container has read before it invites the client belong to the body. */
    @Test
    void relayed_clientThatDoesNotWaitToBeInvited_allOfItsBytes() throws Exception {
        byte[] body = "0123456789".repeat(300).getBytes(US_ASCII);
        Peer peer = new Peer();
        try (AdapterFixture fixture = started(peer);
                Wire wire = new Wire(fixture.port())) {
            ByteArrayOutputStream request = new ByteArrayOutputStream();
            request.writeBytes((patchElsewhere(fixture) + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + Integer.toHexString(body.length) + "\r\n")
                    .getBytes(US_ASCII));
            request.writeBytes(body);
            request.writeBytes("\r\n0\r\n\r\n".getBytes(US_ASCII));
            Wire.Response response = wire.send(request.toByteArray()).response();
            while (response.status() == 100) {
                response = wire.response();
            }
            assertThat(response.status()).as(response.body()).isEqualTo(204);
            assertThat(peer.taken.toByteArray()).isEqualTo(body);
        }
    }

    /** The threads that force and publish uploads never wait for a peer. */
    @Test
    void relayed_manyWhosePeerTakesNothing_uploadsGoOn() throws Exception {
        HungPeer hung = new HungPeer();
        List<Wire> wires = new ArrayList<>();
        try (AdapterFixture fixture = started(hung)) {
            for (int i = 0; i < 64; i++) {
                wires.add(new Wire(fixture.port()).send(patchElsewhere(fixture), new byte[5]));
            }
            fixture.await("requests", () -> hung.asked.get() == 64);
            TusClient client = new TusClient(fixture.port());
            String path = client.created(5);
            assertThat(client.patch(path, 0, "hello".getBytes(US_ASCII)).status())
                    .isEqualTo(204);
            hung.response.complete(new PeerRelay.Response(503, Map.of(), ByteBuffer.allocate(0)));
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    private static final class HungPeer implements PeerRelay {

        final AtomicInteger asked = new AtomicInteger();
        final CompletableFuture<Response> response = new CompletableFuture<>();

        @Override
        public CompletableFuture<Response> send(Request request) {
            asked.incrementAndGet();
            return response;
        }

        @Override
        public void pull(List<UploadReceipt> receipts, Sink sink) {
            throw new AssertionError("nothing is pulled");
        }
    }

    @Test
    void relayed_bodyThatCannotBeRead_refused() throws Exception {
        try (AdapterFixture fixture = started(new Peer());
                Wire wire = new Wire(fixture.port())) {
            Wire.Response response = wire.send(patchElsewhere(fixture) + BREAKS + ": 1\r\n", new byte[5])
                    .response();
            assertProblem(response, 503, "unavailable");
        }
    }
}
