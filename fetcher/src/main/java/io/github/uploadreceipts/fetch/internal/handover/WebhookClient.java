package io.github.uploadreceipts.fetch.internal.handover;

import io.github.uploadreceipts.fetch.internal.connect.ConnectionPool;
import io.github.uploadreceipts.fetch.internal.connect.HttpTransport;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.Timeouts;
import io.github.uploadreceipts.internal.handover.WebhookUrls;
import io.github.uploadreceipts.internal.handover.Webhooks;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;

/**
 * Sends webhooks, on threads that wait for nothing else. The connections are those of {@link HttpTransport}: no redirects,
 * proxies, cookies or content decoding.
 *
 * <p>Safe for use by several threads.
 */
public final class WebhookClient implements Webhooks, Closeable {

    /** How many webhooks are on their way at once. A host does not hand over more. */
    private static final int PARALLEL = 16;

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration DEADLINE = Duration.ofSeconds(15);

    private final WebhookUrls allowed;
    private final HttpTransport transport;
    private final ScheduledExecutorService timer;
    private final Executor threads;
    private final Duration deadline;
    private final Future<?> closingIdle;

    /** What a client is made of. */
    public record Parts(
            WebhookUrls allowed,
            DnsResolver names,
            String ownHost,
            boolean developmentMode,
            SSLContext tls,
            ScheduledExecutorService timer,
            Executor threads) {}

    /** Creates a client. It does not close the timer and the threads. */
    public WebhookClient(Parts parts) {
        this(parts, DEADLINE);
    }

    WebhookClient(Parts parts, Duration deadline) {
        this.allowed = parts.allowed();
        this.transport = new HttpTransport(
                new ReceiverResolver(parts.names(), parts.ownHost(), parts.developmentMode()),
                parts.tls(),
                PARALLEL,
                new Timeouts(CONNECT, deadline.plusSeconds(5))); // so that it is the alarm that ends a silence
        this.timer = parts.timer();
        this.threads = parts.threads();
        this.deadline = deadline;
        long idle = ConnectionPool.IDLE.toSeconds();
        this.closingIdle = timer.scheduleWithFixedDelay(transport::closeIdle, idle, idle, TimeUnit.SECONDS);
    }

    /** Returns how many threads a client needs. */
    public static int parallel() {
        return PARALLEL;
    }

    @Override
    public boolean isAllowed(URI url) {
        return allowed.allow(url);
    }

    @Override
    public CompletableFuture<Response> post(URI url, Map<String, String> fields, String body) {
        if (!isAllowed(url)) {
            return CompletableFuture.failedFuture(new IOException("the receiver is not listed in hand-over-urls"));
        }
        CompletableFuture<Response> result = new CompletableFuture<>();
        HttpPost request = request(url, fields, body);
        try {
            Future<?> alarm = timer.schedule(() -> giveUp(result, request), deadline.toNanos(), TimeUnit.NANOSECONDS);
            threads.execute(() -> send(url, request, result));
            return result.whenComplete((response, failure) -> alarm.cancel(false));
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(new IOException("the host is stopping", e));
        }
    }

    /** Ends a request, whatever its thread is doing: the name service may be what does not respond. */
    private void giveUp(CompletableFuture<Response> result, HttpPost request) {
        result.completeExceptionally(
                new IOException("the receiver did not respond within " + deadline.toSeconds() + " s"));
        request.abort(); // last, or its thread might give the broken connection for the reason
    }

    private static HttpPost request(URI url, Map<String, String> fields, String body) {
        HttpPost request = new HttpPost(url);
        request.setHeader(HttpHeaders.ACCEPT_ENCODING, "identity");
        request.setHeader(HttpHeaders.USER_AGENT, "upload-receipts");
        fields.forEach(request::setHeader);
        request.setEntity(new ByteArrayEntity(body.getBytes(StandardCharsets.UTF_8), null));
        return request;
    }

    private void send(URI url, HttpPost request, CompletableFuture<Response> result) {
        if (result.isDone()) {
            return;
        }
        try (ClassicHttpResponse response = transport.send(host(url), request)) {
            result.complete(read(response, request));
        } catch (IOException e) {
            result.completeExceptionally(new IOException(explain(e), e));
        } catch (RuntimeException | Error e) { // whoever waits for the result must not wait for ever
            result.completeExceptionally(new IOException("the webhook could not be sent: " + e, e));
        }
    }

    private static HttpHost host(URI url) {
        return new HttpHost(url.getScheme().toLowerCase(Locale.ROOT), url.getHost(), WebhookUrls.port(url));
    }

    private static Response read(ClassicHttpResponse response, HttpPost request) throws IOException {
        Map<String, String> fields = new HashMap<>();
        for (Header header : response.getHeaders()) {
            fields.putIfAbsent(header.getName().toLowerCase(Locale.ROOT), String.valueOf(header.getValue()));
        }
        String coding = fields.getOrDefault("content-encoding", "identity");
        if (!coding.equalsIgnoreCase("identity")) {
            request.abort();
            throw new UnreadableException("the receiver's response is encoded, which was not asked for");
        }
        return new Response(response.getCode(), fields, new String(bytes(response, request), StandardCharsets.UTF_8));
    }

    private static byte[] bytes(ClassicHttpResponse response, HttpPost request) throws IOException {
        HttpEntity entity = response.getEntity();
        if (entity == null) {
            return new byte[0];
        }
        InputStream in = entity.getContent();
        byte[] bytes = in.readNBytes(MAX_RESPONSE + 1);
        if (bytes.length > MAX_RESPONSE) {
            request.abort(); // closing the response would read the rest
            throw new UnreadableException("the receiver's response has more than " + MAX_RESPONSE + " bytes");
        }
        return bytes;
    }

    private static final class UnreadableException extends IOException {

        private static final long serialVersionUID = 1;

        UnreadableException(String message) {
            super(message);
        }
    }

    private static String explain(IOException e) {
        if (e instanceof UnreadableException) {
            return String.valueOf(e.getMessage());
        }
        if (e instanceof UnknownHostException) {
            return "the receiver cannot be found: " + e.getMessage();
        }
        if (e instanceof SSLException) {
            return "there is no secure connection to the receiver: " + e.getMessage();
        }
        return "the receiver cannot be reached: " + PeerException.explaining(e).text();
    }

    /** Ends all requests. */
    @Override
    public void close() {
        closingIdle.cancel(false);
        transport.close();
    }
}
