package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.internal.peer.PeerRelay.Response;
import io.github.uploadreceipts.internal.peer.PeerRelay.Body;
import io.github.uploadreceipts.internal.peer.PeerRelay.Request;
import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.impl.BasicEntityDetails;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.AsyncClientExchangeHandler;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.apache.hc.core5.http.nio.RequestChannel;
import org.apache.hc.core5.http.nio.command.RequestExecutionCommand;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.Command;
import org.apache.hc.core5.reactor.IOSession;
import org.jspecify.annotations.Nullable;

/**
 * A request on its way to a peer, and the answer on its way back. The body is read, and the answer told, on the I/O thread
 * of the connection; other threads only start it and call it off.
 */
final class RelayedRequest implements RelayConnections.Caller {

    private static final Set<String> METHODS = Set.of("HEAD", "POST", "PATCH", "DELETE");
    private static final Pattern PATH = Pattern.compile("/[!-\"$-~]*");
    private static final Set<String> OURS = Set.of("connection", "content-length", "host", "transfer-encoding");
    private static final int MAX_ANSWER = 1 << 20; // the receipts of a form with many files
    private static final int MAX_INTERIM_ANSWERS = 16;
    private static final Duration LAST_PATIENCE = Duration.ofSeconds(2);

    private final RelayClient client;
    private final Request asked;
    private final URI base;
    private final HttpHost target;
    private final @Nullable Body body;
    private final CompletableFuture<Response> answer = new CompletableFuture<>();
    private final AtomicBoolean told = new AtomicBoolean();

    private volatile @Nullable RelayConnections connections;
    private volatile @Nullable Exchange exchange;
    private volatile @Nullable Patience patience;
    private volatile @Nullable DataStreamChannel awake;
    private volatile boolean anyRead;
    private volatile boolean answered;
    private @Nullable Exception calledOff; // guarded by this

    /** How long the peer may leave us waiting, and what it means if it does. */
    private record Patience(long end, Supplier<Exception> late) {

        static Patience of(Duration duration, Supplier<Exception> late) {
            return new Patience(System.nanoTime() + duration.toNanos(), late);
        }
    }

    /**
     * @param base the peer's, in its canonical form
     * @throws IllegalArgumentException if the request is not one that a host relays
     */
    RelayedRequest(RelayClient client, URI base, Request asked) {
        if (!METHODS.contains(asked.method()) || !PATH.matcher(asked.path()).matches()) {
            throw new IllegalArgumentException("not a method or path that is relayed");
        }
        for (String name : asked.fields().keySet()) {
            if (OURS.contains(name.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException(name + " is not for the caller to set");
            }
        }
        this.client = client;
        this.asked = asked;
        this.base = base;
        this.target = new HttpHost(base.getScheme(), base.getHost(), PeerPolicy.port(base));
        this.body = asked.length() == 0 ? null : asked.body().orElse(null);
    }

    CompletableFuture<Response> answer() {
        return answer;
    }

    void start(RelayConnections through) {
        connections = through;
        if (body != null) {
            body.onReadable(this::wake);
        }
        IOSession kept = through.reuse(target);
        if (kept == null) {
            connect(through);
        } else {
            submit(kept, true);
        }
    }

    private void connect(RelayConnections through) {
        exchange = null;
        patience = Patience.of(client.connectTimeout(), RelayedRequest::unconnected);
        through.connect(target, this);
    }

    private static Exception unconnected() {
        return new ConnectTimeoutException("connecting took too long");
    }

    @Override
    public boolean isOver() {
        return told.get();
    }

    @Override
    public void resolved() {
        patience = null;
    }

    @Override
    public void connected(IOSession session) {
        submit(session, false);
    }

    @Override
    public void unconnected(IOException cause) {
        fail(cause);
    }

    private void submit(IOSession session, boolean reused) {
        Exchange next = new Exchange(session, reused);
        Exception late;
        synchronized (this) {
            late = calledOff;
            if (late == null) {
                exchange = next;
                patience = Patience.of(client.connectTimeout(), RelayedRequest::unconnected);
            }
        }
        if (late == null) {
            session.enqueue(new RequestExecutionCommand(next, HttpCoreContext.create()), Command.Priority.NORMAL);
        } else {
            session.close(CloseMode.IMMEDIATE);
            fail(late);
        }
    }

    /** There may be something to read. */
    private void wake() {
        DataStreamChannel channel = awake;
        if (channel != null) {
            try {
                channel.requestOutput();
            } catch (CancelledKeyException e) {
                // closed, as is about to be told
            }
        }
    }

    /** Calls this off if it has waited for too long. */
    void requirePatience(long now) {
        Patience waiting = patience;
        if (waiting != null && now - waiting.end() > 0) {
            abort(waiting.late().get());
        }
    }

    /** Calls this off, from any thread. Whoever reads the body is stopped before it is told. */
    void abort(Exception why) {
        Exchange running;
        boolean again;
        synchronized (this) {
            again = calledOff != null;
            calledOff = again ? calledOff : why;
            running = exchange;
        }
        if (running == null || again) {
            fail(callOff(why));
        } else {
            patience = Patience.of(LAST_PATIENCE, () -> why);
            running.session.close(CloseMode.IMMEDIATE);
        }
    }

    /** Returns why this is called off: {@code why}, unless it was before. */
    private synchronized Exception callOff(Exception why) {
        if (calledOff == null) {
            calledOff = why;
        }
        return calledOff;
    }

    private synchronized boolean isUntouched() {
        return calledOff == null && !anyRead && !answered;
    }

    /** Tells of the failure, unless the end was told before. */
    void fail(Exception cause) {
        if (told.compareAndSet(false, true)) {
            client.over(this);
            answer.completeExceptionally(shown(cause));
        }
    }

    private IOException shown(Exception cause) {
        if (cause instanceof BodyException ofBody) {
            return ofBody.thrown;
        }
        String text =
                base.getRawAuthority() + ": " + PeerException.explaining(cause).text();
        return anyRead || answered ? new IOException(text) : new UnreachableException(text);
    }

    /** What the body threw, to be told apart from what the connection throws. */
    private static final class BodyException extends IOException {

        private static final long serialVersionUID = 1;

        private final IOException thrown;

        BodyException(IOException thrown) {
            super(thrown);
            this.thrown = thrown;
        }
    }

    /** The request on one connection. All of it runs on that connection's I/O thread. */
    private final class Exchange implements AsyncClientExchangeHandler {

        private final IOSession session;
        private final boolean reused;
        private @Nullable ByteBuffer left; // what was read and is not yet taken
        private long read;
        private boolean more;
        private boolean sent; // all of the request
        private boolean stopped;
        private int interim;
        private int status;
        private Map<String, String> fields = Map.of();
        private final ByteArrayOutputStream content = new ByteArrayOutputStream(0);

        Exchange(IOSession session, boolean reused) {
            this.session = session;
            this.reused = reused;
        }

        @Override
        public void produceRequest(RequestChannel channel, HttpContext context) throws HttpException, IOException {
            patience = null;
            BasicHttpRequest request = new BasicHttpRequest(asked.method(), target, base.getRawPath() + asked.path());
            asked.fields().forEach(request::addHeader);
            if (body == null) {
                if (asked.method().equals("POST") || asked.method().equals("PATCH")) {
                    request.addHeader(HttpHeaders.CONTENT_LENGTH, "0");
                }
                allSent();
                channel.sendRequest(request, null, context);
            } else {
                if (asked.length() < 0) {
                    request.addHeader(HttpHeaders.TRANSFER_ENCODING, "chunked");
                } else {
                    request.addHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(asked.length()));
                }
                channel.sendRequest(request, new BasicEntityDetails(asked.length(), null), context);
            }
        }

        @Override
        public int available() {
            return !stopped && (left != null || more) ? 1 : 0;
        }

        /** Passes on one buffer at most, so that requests which share a thread take turns. */
        @Override
        public void produce(DataStreamChannel channel) throws IOException {
            if (stopped || sent || body == null) {
                return;
            }
            awake = channel;
            try {
                if (left == null && read(body) < 0) {
                    requireWhole();
                    allSent();
                    channel.endStream();
                }
            } catch (BodyException e) {
                breakOff(e);
            }
            if (left != null) {
                write(left, channel);
            }
        }

        private int read(Body from) throws BodyException {
            ByteBuffer bytes = client.takeBuffer();
            if (asked.length() > 0) {
                bytes.limit((int) Math.min(bytes.capacity(), asked.length() - read));
            }
            int count;
            try {
                count = from.read(bytes);
            } catch (IOException e) {
                throw new BodyException(e);
            } catch (RuntimeException e) {
                throw new BodyException(new IOException("the body cannot be read", e));
            }
            more = count > 0;
            if (more) {
                anyRead = true;
                read += count;
                left = bytes.flip();
            } else {
                patience = null;
                client.giveBack(bytes);
            }
            return count;
        }

        private void requireWhole() throws BodyException {
            if (asked.length() > 0) {
                throw new BodyException(new EOFException("the body ended before its length"));
            }
        }

        /** From here on the peer is waited for, until there is nothing more to write. */
        private void write(ByteBuffer bytes, DataStreamChannel channel) throws IOException {
            if (patience == null) {
                waitForPeer();
            }
            if (channel.write(bytes) > 0) {
                waitForPeer();
            }
            if (!bytes.hasRemaining()) {
                letGo();
                if (read == asked.length()) {
                    allSent();
                    channel.endStream();
                }
            }
        }

        private void allSent() {
            sent = true;
            more = false;
            awake = null;
            waitForPeer();
        }

        private void waitForPeer() {
            patience = Patience.of(client.responseTimeout(), SocketTimeoutException::new);
        }

        @Override
        public void consumeInformation(HttpResponse response, HttpContext context) throws HttpException {
            if (++interim > MAX_INTERIM_ANSWERS) {
                throw new ProtocolException("too many interim answers");
            }
        }

        /** If the body has not ended, nothing more is read of it: the peer has said what it thinks of it. */
        @Override
        public void consumeResponse(HttpResponse response, @Nullable EntityDetails entity, HttpContext context) {
            answered = true;
            stop();
            waitForPeer();
            status = response.getCode();
            fields = new HashMap<>();
            for (Header field : response.getHeaders()) {
                fields.putIfAbsent(
                        field.getName().toLowerCase(Locale.ROOT), Objects.requireNonNullElse(field.getValue(), ""));
            }
            if (entity == null) {
                complete();
            }
        }

        @Override
        public void updateCapacity(CapacityChannel channel) throws IOException {
            channel.update(Integer.MAX_VALUE);
        }

        @Override
        public void consume(ByteBuffer bytes) {
            if (content.size() + bytes.remaining() > MAX_ANSWER) {
                breakOff(new PeerException(
                        Kind.REFUSED, Remedy.ELSEWHERE, "the answer is longer than " + MAX_ANSWER + " bytes"));
                return;
            }
            byte[] some = new byte[bytes.remaining()];
            bytes.get(some);
            content.writeBytes(some);
        }

        @Override
        public void streamEnd(@Nullable List<? extends Header> trailers) {
            complete();
        }

        private void complete() {
            RelayConnections through = connections;
            if (!sent) {
                session.close(CloseMode.IMMEDIATE);
            } else if (through != null && session.isOpen()) {
                through.keep(target, session);
            }
            if (told.compareAndSet(false, true)) {
                client.over(RelayedRequest.this);
                answer.complete(new Response(
                        status, fields, ByteBuffer.wrap(content.toByteArray()).asReadOnlyBuffer()));
            }
        }

        private void breakOff(IOException why) {
            stop();
            session.close(CloseMode.IMMEDIATE);
            fail(callOff(why));
        }

        private void stop() {
            stopped = true;
            awake = null;
            letGo();
        }

        private void letGo() {
            ByteBuffer bytes = left;
            left = null;
            if (bytes != null) {
                client.giveBack(bytes);
            }
        }

        @Override
        public void failed(Exception cause) {
            stop();
            RelayConnections through = connections;
            if (through == null || exchange != this) {
                return;
            }
            if (reused && isUntouched()) {
                connect(through);
            } else {
                fail(callOff(cause));
            }
        }

        @Override
        public void cancel() {
            failed(new ConnectionClosedException());
        }

        @Override
        public void releaseResources() {
            letGo();
        }
    }
}
