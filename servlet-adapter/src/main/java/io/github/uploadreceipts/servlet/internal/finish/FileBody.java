package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.RawBody;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A body that is one file, which is stored. */
final class FileBody implements KindOfBody {

    private final Engine engine;
    private final RawBody file;

    FileBody(HttpServletRequest request, Engine engine, Reception reception) throws UploadRefusedException {
        this.engine = engine;
        this.file = new RawBody(reception, name(request), request.getContentType(), request.getContentLengthLong());
    }

    /** Returns whether a request brings a file in place of fields. */
    static boolean isMeant(HttpServletRequest request, MediaType type) {
        boolean fields = PlainBody.hasFields(type) || type.essence().startsWith("multipart/");
        return request.getMethod().equals("PUT") && !fields;
    }

    /** Returns the client's name for the file; without one, the last segment of the path, to which curl appends it. */
    private static String name(HttpServletRequest request) {
        String given = RawBody.name(request);
        if (!given.isEmpty()) {
            return given;
        }
        String path = request.getRequestURI();
        String segment = path.substring(path.lastIndexOf('/') + 1);
        try {
            return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) { // not a percent-encoded text, so it is taken as it is
            return segment;
        }
    }

    @Override
    public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
        file.push(bytes, offset, length);
    }

    @Override
    public void endEmpty(boolean declared) throws RefusedException {
        file.endEmpty(declared);
    }

    @Override
    public void end() throws UploadRefusedException {
        file.end();
    }

    @Override
    public Found search(List<IssuedReceipt> files) {
        IssuedReceipt stored = files.get(0);
        Content content = Content.of(engine, stored.receipt());
        return new Found(List.of(stored.token()), ReplayedBody.plain(content, FormFields.NONE));
    }
}
