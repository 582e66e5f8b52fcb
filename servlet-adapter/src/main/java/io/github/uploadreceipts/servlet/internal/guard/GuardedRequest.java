package io.github.uploadreceipts.servlet.internal.guard;

import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ReadAhead;
import io.github.uploadreceipts.servlet.internal.finish.FieldsRequest;
import io.github.uploadreceipts.servlet.internal.finish.FormFields;
import io.github.uploadreceipts.servlet.internal.finish.KeptStream;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.Part;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * A form of which nothing is read until somebody asks for a field. Then it is read ahead, and kept for the filter that
 * receives it.
 */
public final class GuardedRequest extends FieldsRequest implements ReadAhead {

    private static final String NO_PARTS = "a filter asks for the parts of a form before the filter that receives it;"
            + " take that one off this path, such as a multipart filter";

    private final MediaType type;
    private final FormReading reading;
    private @Nullable FormStart start;
    private @Nullable ServletInputStream stream;

    private GuardedRequest(HttpServletRequest request, MediaType type, FormReading reading) {
        super(request);
        this.type = type;
        this.reading = reading;
    }

    /** Returns whether a request brings a form that nobody guards yet. */
    public static boolean isNeeded(HttpServletRequest request) {
        return FormStart.isForm(MediaType.ofBody(request.getContentType())) && !ReadAhead.isOffered(request);
    }

    /** Returns a request that is guarded from here on. */
    public static GuardedRequest of(HttpServletRequest request, FormReading reading) {
        GuardedRequest guarded = new GuardedRequest(request, MediaType.ofBody(request.getContentType()), reading);
        ReadAhead.offer(request, guarded);
        return guarded;
    }

    private HttpServletRequest received() {
        return (HttpServletRequest) getRequest();
    }

    private FormStart start() {
        FormStart read = start;
        if (read == null) {
            try {
                read = reading.read(received(), type);
            } catch (RefusedException e) {
                throw new RefusedAheadException(e.problem(), e);
            } catch (IOException e) {
                throw new RefusedAheadException(Problem.of(ProblemType.INCOMPLETE_BODY), e);
            }
            start = read;
        }
        return read;
    }

    @Override
    protected FormFields fields() {
        try {
            return FormFields.ofQuery(getQueryString()).and(start().fields());
        } catch (UploadRefusedException e) {
            throw new RefusedAheadException(e.problem(), e);
        }
    }

    @Override
    public InputStream take() {
        try {
            return start == null ? InputStream.nullInputStream() : start.take();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // from memory there is none
        }
    }

    @Override
    public ServletInputStream rest() throws IOException {
        return super.getInputStream();
    }

    /** Returns the whole body: to a filter that reads forms itself, or to an application without ours. */
    @Override
    public ServletInputStream getInputStream() throws IOException {
        if (stream == null) {
            FormStart read = FormStart.isMultipart(type) ? start : start();
            stream = read == null ? rest() : new KeptStream(whole(read), this::getAsyncContext);
        }
        return stream;
    }

    private InputStream whole(FormStart read) throws IOException {
        return read.isMultipart() ? new SequenceInputStream(read.open(), rest()) : read.open();
    }

    @Override
    public BufferedReader getReader() throws IOException {
        return new BufferedReader(new InputStreamReader(getInputStream(), charset()));
    }

    /** Returns the parts as the container reads them, if nothing has been read ahead. */
    @Override
    public Collection<Part> getParts() throws IOException, ServletException {
        if (start != null) {
            throw new IllegalStateException(NO_PARTS);
        }
        return super.getParts();
    }

    @Override
    public @Nullable Part getPart(String name) throws IOException, ServletException {
        if (start != null) {
            throw new IllegalStateException(NO_PARTS);
        }
        return super.getPart(name);
    }

    /** Lets go of what has been read when the request ends. */
    public void closeAtEnd() {
        if (start != null) {
            Completion.whenEnded(received(), start::close);
        }
    }
}
