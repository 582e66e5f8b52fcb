package io.github.uploadreceipts.servlet.internal.guard;

import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
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
import java.io.UncheckedIOException;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * A form of which nothing is read until somebody asks for a field. Then it is read ahead, and kept for the filter that
 * receives it.
 */
public final class GuardedRequest extends FieldsRequest implements ReadAhead {

    private static final String ADVICE = "; take that filter off this path, or let it come after ours";

    private final MediaType type;
    private final FormReading reading;
    private @Nullable FormStart start;
    private @Nullable RefusedAheadException refused;
    private @Nullable FormFields fields;
    private @Nullable ServletInputStream stream;
    private @Nullable BufferedReader reader;
    private boolean received;

    private GuardedRequest(HttpServletRequest request, MediaType type, FormReading reading) {
        super(request);
        this.type = type;
        this.reading = reading;
    }

    /** Returns whether a request brings a form that nobody guards yet. */
    public static boolean isNeeded(HttpServletRequest request) {
        return ContainerManners.hasBody(request)
                && FormStart.isForm(MediaType.ofBody(request.getContentType()))
                && !ReadAhead.isOffered(request);
    }

    /** Returns a request that is guarded from here on. */
    public static GuardedRequest of(HttpServletRequest request, FormReading reading) {
        GuardedRequest guarded = new GuardedRequest(request, MediaType.ofBody(request.getContentType()), reading);
        ReadAhead.offer(request, guarded);
        return guarded;
    }

    private HttpServletRequest container() {
        return (HttpServletRequest) getRequest();
    }

    private FormStart start() {
        requireWhole();
        FormStart read = start;
        if (read == null) {
            try {
                read = reading.read(container(), type);
            } catch (RefusedException e) {
                throw refuse(new RefusedAheadException(e.problem(), e));
            } catch (IOException e) {
                throw refuse(new RefusedAheadException(Problem.of(ProblemType.INCOMPLETE_BODY), e));
            }
            start = read;
        }
        return read;
    }

    /** Remembers a refusal, because what has been read is lost. Nobody may take the rest for the whole. */
    private RefusedAheadException refuse(RefusedAheadException refusal) {
        refused = refusal;
        return refusal;
    }

    private void requireWhole() {
        if (refused != null) {
            throw refused;
        }
    }

    /** Returns the parameters; those of the query only, if the form has gone to its filter without being read ahead. */
    @Override
    protected FormFields fields() {
        FormFields all = fields;
        if (all == null) {
            try {
                all = FormFields.ofQuery(getQueryString());
                if (!received || start != null) {
                    all = all.and(start().fields());
                }
            } catch (UploadRefusedException e) {
                throw new RefusedAheadException(e.problem(), e);
            }
            fields = all;
        }
        return all;
    }

    @Override
    public InputStream take() {
        requireWhole();
        received = true;
        FormStart read = start;
        try {
            return read == null ? InputStream.nullInputStream() : read.take();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // from memory there is none
        }
    }

    @Override
    public boolean isRead() {
        return start != null;
    }

    @Override
    public ServletInputStream rest() throws IOException {
        return super.getInputStream();
    }

    /** Returns the body: an urlencoded form as often as it is wanted, until it is received. */
    @Override
    public ServletInputStream getInputStream() throws IOException {
        if (stream == null) {
            stream = isAhead() ? new KeptStream(start().open(), this::getAsyncContext) : rest();
        }
        return stream;
    }

    private boolean isAhead() {
        if (start != null && FormStart.isMultipart(type)) {
            throw new IllegalStateException(
                    "a filter reads the stream of a form after another one has asked for a field of it" + ADVICE);
        }
        return !received && !FormStart.isMultipart(type);
    }

    @Override
    public BufferedReader getReader() throws IOException {
        if (reader == null) {
            reader = new BufferedReader(new InputStreamReader(getInputStream(), charset()));
        }
        return reader;
    }

    @Override
    public Collection<Part> getParts() throws IOException, ServletException {
        requireNoPartsAhead();
        return super.getParts();
    }

    @Override
    public @Nullable Part getPart(String name) throws IOException, ServletException {
        requireNoPartsAhead();
        return super.getPart(name);
    }

    private void requireNoPartsAhead() {
        if (FormStart.isMultipart(type) && !received) {
            throw new IllegalStateException("a filter asks for the parts of a form before it is received" + ADVICE);
        }
    }

    /** Lets go of what has been read when the request ends. */
    public void closeAtEnd() {
        if (start != null) {
            Completion.whenEnded(container(), start::close);
        }
    }
}
