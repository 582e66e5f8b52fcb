package io.github.uploadreceipts.testing;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.jspecify.annotations.Nullable;

/** A response that a filter writes and a fetcher reads. */
final class MemoryResponse implements MemoryPeer.Methods {

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final ClassicHttpResponse response = new BasicClassicHttpResponse(200);

    private final ServletOutputStream out = new ServletOutputStream() {
        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new IllegalStateException("the request is not asynchronous");
        }

        @Override
        public void write(int b) {
            body.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            body.write(bytes, offset, length);
        }
    };

    @Override
    public @Nullable Object call(String method, Object[] args) {
        switch (method) {
            case "getStatus" -> {
                return response.getCode();
            }
            case "isCommitted" -> {
                return false; // nothing has left before the filter returns
            }
            case "getOutputStream" -> {
                return out;
            }
            case "setStatus" -> response.setCode((int) args[0]);
            case "setHeader", "setDateHeader" -> response.setHeader((String) args[0], args[1]);
            case "setContentType" -> response.setHeader(HttpHeaders.CONTENT_TYPE, args[0]);
            case "setContentLength", "setContentLengthLong" -> response.setHeader(HttpHeaders.CONTENT_LENGTH, args[0]);
            case "flushBuffer" -> {}
            case "reset" -> {
                response.setHeaders();
                response.setCode(200);
                body.reset();
            }
            default -> throw MemoryPeer.unsupported(method);
        }
        return null;
    }

    /** Returns what arrives at the host that asked. */
    ClassicHttpResponse sent(String method) {
        if (!method.equals("HEAD")) {
            response.setEntity(new ByteArrayEntity(body.toByteArray(), null));
        }
        return response;
    }
}
