package io.github.uploadreceipts.servlet.internal.container;

import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;

/**
 * The body of a request whose beginning may have been read ahead, because a filter in front asked for a field of its
 * form. Who receives the body takes that first, and then reads on, past the wrappers of the filters in between.
 */
public interface ReadAhead {

    /** Returns what has been read ahead, to the first caller; nothing to later ones. */
    InputStream take();

    /** Returns the container's stream, from which what has been read ahead is gone. */
    ServletInputStream rest() throws IOException;

    /** Makes {@code body} the one that is received from a request. */
    static void offer(HttpServletRequest request, ReadAhead body) {
        request.setAttribute(ReadAhead.class.getName(), body);
    }

    /** Returns whether reading ahead is possible in a request. */
    static boolean isOffered(HttpServletRequest request) {
        return request.getAttribute(ReadAhead.class.getName()) != null;
    }

    /** Returns what has been read ahead of a request's body. It must be read before {@link #rest(HttpServletRequest)}. */
    static InputStream take(HttpServletRequest request) {
        return request.getAttribute(ReadAhead.class.getName()) instanceof ReadAhead body
                ? body.take()
                : InputStream.nullInputStream();
    }

    /** Returns the stream of a request's body, after what has been read ahead. */
    static ServletInputStream rest(HttpServletRequest request) throws IOException {
        return request.getAttribute(ReadAhead.class.getName()) instanceof ReadAhead body
                ? body.rest()
                : request.getInputStream();
    }
}
