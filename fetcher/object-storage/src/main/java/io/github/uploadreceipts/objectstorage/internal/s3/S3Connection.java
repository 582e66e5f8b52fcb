package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.internal.s3.S3Transport.Exchange;
import io.github.uploadreceipts.store.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.jspecify.annotations.Nullable;

/** Signs requests, sends them, and tries a second time what failed for a while. All requests here can be repeated. */
final class S3Connection implements Closeable {

    private static final int TRIES = 2;
    private static final int MAX_ERROR = 64 * 1024;
    private static final int MAX_DOCUMENT = 8 * 1024 * 1024;
    private static final byte[] NOTHING = {};

    private final Signing signing;
    private final S3Transport transport;
    private final Supplier<S3Credentials> credentials;
    private final Clock clock;
    private final Duration pause;
    private volatile @Nullable Instant storeTime;

    /** What a caller wants to do with the body of a success. */
    private record Use(int max, boolean open) {}

    S3Connection(
            S3Bucket bucket,
            Supplier<S3Credentials> credentials,
            Clock clock,
            S3Transport.Times times,
            Duration pause) {
        this.signing = new Signing(bucket);
        this.transport = new S3Transport(bucket, times);
        this.credentials = credentials;
        this.clock = clock;
        this.pause = pause;
    }

    /** Sends a request, and reads the response, whatever it is. */
    S3Response send(S3Request request) throws StoreException {
        return send(request, new Use(MAX_DOCUMENT, false));
    }

    /** Sends a request, and reads an object of up to {@code max} bytes. */
    S3Response read(S3Request request, int max) throws StoreException {
        return send(request, new Use(max, false));
    }

    /** Sends a request, and leaves the body of a success to the caller. */
    S3Response open(S3Request request) throws StoreException {
        return send(request, new Use(0, true));
    }

    URI presign(S3Request request, Duration life) throws StoreException {
        return URI.create(signing.presign(request, credentials(), clock.instant(), life));
    }

    Optional<Instant> storeTime() {
        return Optional.ofNullable(storeTime);
    }

    private S3Response send(S3Request request, Use use) throws StoreException {
        boolean renewed = false;
        boolean repeated = false;
        for (int tries = 1; ; ) {
            S3Response response;
            try {
                response = once(request, use);
            } catch (StoreException e) {
                throw e;
            } catch (IOException e) {
                if (tries++ < TRIES) {
                    repeated = true;
                    pause(request);
                    continue;
                }
                throw new StoreException.Unavailable(request + ": the store was not reached: " + e.getMessage(), e);
            }
            if (response.hasExpiredCredentials() && !renewed) {
                renewed = true;
            } else if (response.isWorthAnotherTry() && tries++ < TRIES) {
                repeated = true;
                pause(request);
            } else {
                return repeated ? response.afterFailure() : response;
            }
        }
    }

    private void pause(S3Request request) throws StoreException {
        try {
            long millis = pause.toMillis();
            Thread.sleep(millis + ThreadLocalRandom.current().nextLong(millis + 1)); // not all hosts at once
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException.Unavailable(request + ": interrupted", e);
        }
    }

    private S3Response once(S3Request request, Use use) throws IOException {
        Instant now = clock.instant();
        Exchange exchange = transport.send(request, signing.sign(request, credentials(), now));
        boolean kept = false;
        try {
            Map<String, String> fields = fields(exchange);
            Optional<Instant> date = HttpDates.read(fields.getOrDefault("date", ""));
            date.ifPresent(time -> storeTime = time);
            int status = exchange.response().getCode();
            boolean success = status >= 200 && status < 300;
            kept = success && use.open();
            byte[] body = kept ? NOTHING : body(exchange, success ? use.max() : MAX_ERROR, request);
            boolean mayBeError = !success || use.max() == MAX_DOCUMENT;
            String code = body.length > 0 && mayBeError ? S3Response.code(body) : "";
            if (kept) {
                exchange.stopAlarm();
            }
            return new S3Response(
                    request,
                    status,
                    fields,
                    body,
                    code,
                    date.map(time -> Duration.between(now, time)),
                    false,
                    kept ? exchange : null);
        } finally {
            if (!kept) {
                exchange.abort(); // does nothing if the body was read
            }
        }
    }

    private static Map<String, String> fields(Exchange exchange) {
        Map<String, String> fields = new HashMap<>();
        for (Header header : exchange.response().getHeaders()) {
            fields.putIfAbsent(header.getName().toLowerCase(Locale.ROOT), String.valueOf(header.getValue()));
        }
        return fields;
    }

    /** Reads a body. Of one that is too large, what was read serves an error; an object fails. */
    private static byte[] body(Exchange exchange, int max, S3Request request) throws IOException {
        HttpEntity entity = exchange.response().getEntity();
        if (entity == null) {
            exchange.close();
            return NOTHING;
        }
        InputStream in = entity.getContent();
        byte[] bytes = in.readNBytes(max);
        if (in.read() < 0) {
            exchange.close();
            return bytes;
        }
        if (max == MAX_ERROR) {
            return bytes;
        }
        throw new StoreException.Failed(request + ": the response has more than " + max + " bytes", null);
    }

    private S3Credentials credentials() throws StoreException {
        try {
            return Objects.requireNonNull(credentials.get(), "the supplier of credentials returned null");
        } catch (RuntimeException e) {
            throw new StoreException.Unavailable("there are no credentials for the store: " + e, e);
        }
    }

    @Override
    public void close() {
        transport.close();
    }
}
