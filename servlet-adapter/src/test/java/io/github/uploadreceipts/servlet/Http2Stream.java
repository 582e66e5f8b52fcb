package io.github.uploadreceipts.servlet;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.util.Callback;

/** One request on an {@link Http2} connection, and its response. */
final class Http2Stream implements Stream.Listener {

    private final CompletableFuture<Wire.Response> response = new CompletableFuture<>();
    private final Map<String, String> headers = new TreeMap<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int status;
    private Stream stream;
    private volatile boolean reset;

    void open(Stream opened) {
        stream = opened;
    }

    /** Sends bytes, and waits until they are written to the connection. */
    Http2Stream send(byte[] bytes, boolean last) throws IOException {
        DataFrame frame = new DataFrame(stream.getId(), ByteBuffer.wrap(bytes), last);
        Stream unused = Http2.await(stream.data(frame));
        return this;
    }

    /** Returns whether the server has reset the stream, and so reads no more of the body. */
    boolean isReset() {
        return reset;
    }

    /** Cancels the request. */
    void reset() throws IOException {
        Void unused = Http2.await(stream.reset(new ResetFrame(stream.getId(), ErrorCode.CANCEL_STREAM_ERROR.code)));
    }

    Wire.Response response() throws IOException {
        return Http2.await(response);
    }

    @Override
    public void onHeaders(Stream from, HeadersFrame frame) {
        if (frame.getMetaData() instanceof MetaData.Response response && response.getStatus() >= 200) {
            status = response.getStatus();
            for (HttpField field : response.getHttpFields()) {
                headers.merge(field.getName().toLowerCase(Locale.ROOT), field.getValue(), (a, b) -> a + ", " + b);
            }
        }
        goOn(from, frame.isEndStream());
    }

    @Override
    public void onDataAvailable(Stream from) {
        Stream.Data data = from.readData();
        if (data == null) {
            from.demand();
            return;
        }
        ByteBuffer bytes = data.frame().getByteBuffer();
        while (bytes.hasRemaining()) {
            body.write(bytes.get());
        }
        boolean last = data.frame().isEndStream();
        data.release();
        goOn(from, last);
    }

    private void goOn(Stream from, boolean ended) {
        if (ended) {
            response.complete(new Wire.Response(status, headers, body.toString(StandardCharsets.ISO_8859_1)));
        } else {
            from.demand();
        }
    }

    @Override
    public void onReset(Stream from, ResetFrame frame, Callback callback) {
        reset = true;
        response.completeExceptionally(new EOFException(
                "reset with error " + frame.getError() + " after status " + status + " and " + body.size() + " bytes"));
        callback.succeeded();
    }

    @Override
    public void onFailure(Stream from, int error, String reason, Throwable failure, Callback callback) {
        response.completeExceptionally(new EOFException("failed with error " + error + ", " + reason));
        callback.succeeded();
    }
}
