package io.github.uploadreceipts.objectstorage.internal.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParser;
import org.apache.hc.core5.http.io.SessionInputBuffer;

/**
 * Reads the head of a response up to its empty line. HttpClient's own parser takes the end of the connection for that
 * line, and so a head that was cut, even in the middle of a length or an ETag, for a whole one.
 */
final class WholeHead extends DefaultHttpResponseParser {

    WholeHead(Http1Config limits) {
        super(limits);
    }

    @Override
    public ClassicHttpResponse parse(SessionInputBuffer buffer, InputStream in) throws IOException, HttpException {
        return super.parse(buffer, new FilterInputStream(in) {

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int count = super.read(bytes, offset, length);
                if (count < 0) {
                    throw new ConnectionClosedException("the connection ended before the head of a response did");
                }
                return count;
            }
        });
    }
}
