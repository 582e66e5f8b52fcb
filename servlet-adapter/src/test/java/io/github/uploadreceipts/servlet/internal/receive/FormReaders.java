package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import org.apache.commons.fileupload2.core.AbstractFileUpload;
import org.apache.commons.fileupload2.core.DiskFileItem;
import org.apache.commons.fileupload2.core.DiskFileItemFactory;
import org.apache.commons.fileupload2.core.FileItemFactory.AbstractFileItemBuilder;
import org.apache.commons.fileupload2.core.FileItemHeaders;
import org.apache.commons.fileupload2.core.FileItemInput;
import org.apache.commons.fileupload2.core.FileItemInputIterator;
import org.apache.commons.fileupload2.core.RequestContext;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartCompliance;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/** Forms read by this library, by Commons FileUpload and by Jetty. */
public final class FormReaders implements AutoCloseable {

    /** A part as a reader has read it. */
    record Part(
            String name,
            @Nullable String fileName,
            @Nullable String type,
            String content) {}

    /**
     * A form as a reader has read it: the complete parts, and the reason why the reader stopped. The reason is empty at
     * the form's end.
     */
    record Form(List<Part> parts, String refusal) {

        boolean isRefused() {
            return !refusal.isEmpty();
        }
    }

    private static final int MAX_HEADER_SIZE = 8 * 1024;

    private final InMemoryUploadStore store = InMemoryUploadStore.create();
    private final InFlight inFlight = new InFlight();
    private final Admission admission = Admission.of(UploadPermit.anyone(
            UploadLimits.builder().maxFiles(1_000).maxFieldBytes(1 << 20).build()));
    private final UploadHost host = UploadHost.builder(KeyRing.generate("test"), store)
            .internalUrl("http://127.0.0.1:8080")
            .executor(Runnable::run)
            .developmentMode()
            .build();
    private final Watchdog watchdog = new Watchdog(HostAccess.engine(host));

    /** Reads the form as the filters do. {@code cuts} maps the most bytes of a read to the number that it returns. */
    Form ours(String contentType, byte[] body, IntUnaryOperator cuts) {
        Reception reception = null;
        List<Part> parts = List.of();
        String refusal = "";
        try {
            reception =
                    new Reception(HostAccess.engine(host), Way.RAW, admission, inFlight.enter(admission, "127.0.0.1"));
            FormParts form = new FormParts(reception, part -> true);
            try {
                MediaType type = MediaType.ofBody(contentType);
                MultipartParser parser = MultipartParser.create(type, form);
                new Receiver(InputStream.nullInputStream(), new CutStream(body, cuts), -1, reception, parser, true)
                        .receiveAll(watchdog);
            } finally {
                List<byte[]> files = List.copyOf(store.receiving().values());
                parts = form.parts().stream().map(part -> part(part, files)).toList();
            }
        } catch (RefusedException e) {
            refusal = e.problem().type() + " " + e.problem().detail().orElse("");
        } catch (IOException e) {
            throw new AssertionError(e);
        } finally {
            if (reception != null) {
                reception.abandon();
            }
        }
        if (!store.isEmpty()) {
            throw new AssertionError("something is left in the store");
        }
        return new Form(parts, refusal);
    }

    private static Part part(FormParts.Part part, List<byte[]> files) {
        PartHeaders headers = part.headers();
        byte[] content = part.file() == FormParts.Part.NO_FILE ? part.content() : files.get(part.file());
        return new Part(
                headers.name(),
                headers.disposition().fileName().orElse(null),
                headers.contentType().orElse(null),
                text(content));
    }

    private static String text(byte[] content) {
        return new String(content, StandardCharsets.ISO_8859_1);
    }

    static Form commons(String contentType, byte[] body) {
        List<Part> parts = new ArrayList<>();
        CommonsUpload upload = new CommonsUpload();
        try {
            FileItemInputIterator items =
                    upload.getItemIterator(new CommonsRequest(contentType, new ByteArrayInputStream(body)));
            while (items.hasNext()) {
                FileItemInput item = items.next();
                String content = text(item.getInputStream().readAllBytes());
                String fileName = upload.getFileName(item.getHeaders());
                parts.add(new Part(item.getFieldName(), fileName, item.getContentType(), content));
            }
            return new Form(parts, "");
        } catch (IOException | RuntimeException e) {
            return new Form(parts, e.toString());
        }
    }

    /** Returns the file name in a disposition, as Commons FileUpload reads it. */
    static @Nullable String commonsFileName(String disposition) {
        FileItemHeaders headers = AbstractFileItemBuilder.newFileItemHeaders();
        headers.addHeader(AbstractFileUpload.CONTENT_DISPOSITION, disposition);
        return new CommonsUpload().getFileName(headers);
    }

    static Form jetty(String contentType, byte[] body) {
        JettyListener listener = new JettyListener();
        MultiPart.Parser parser =
                new MultiPart.Parser(MultiPart.extractBoundary(contentType), MultiPartCompliance.RFC7578, listener);
        parser.setPartHeadersMaxLength(MAX_HEADER_SIZE);
        parser.parse(Content.Chunk.from(ByteBuffer.wrap(body), true));
        return new Form(listener.parts, listener.refusal);
    }

    @Override
    public void close() throws IOException {
        host.close();
    }

    /** A stream whose reads each return as many bytes as {@code cuts} says. */
    public static final class CutStream extends ServletInputStream {

        private final InputStream in;
        private final IntUnaryOperator cuts;

        public CutStream(byte[] body, IntUnaryOperator cuts) {
            this.in = new ByteArrayInputStream(body);
            this.cuts = cuts;
        }

        @Override
        public int read() throws IOException {
            return in.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return in.read(bytes, offset, cuts.applyAsInt(length));
        }

        @Override
        public boolean isFinished() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isReady() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class CommonsUpload extends AbstractFileUpload<Void, DiskFileItem, DiskFileItemFactory> {

        CommonsUpload() {
            setMaxPartHeaderSize(MAX_HEADER_SIZE);
            setHeaderCharset(StandardCharsets.UTF_8);
        }

        @Override
        public FileItemInputIterator getItemIterator(Void request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Map<String, List<DiskFileItem>> parseParameterMap(Void request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<DiskFileItem> parseRequest(Void request) {
            throw new UnsupportedOperationException();
        }
    }

    private record CommonsRequest(String contentType, InputStream body) implements RequestContext {

        @Override
        public String getCharacterEncoding() {
            return "UTF-8";
        }

        @Override
        public long getContentLength() {
            return -1;
        }

        @Override
        public String getContentType() {
            return contentType;
        }

        @Override
        public InputStream getInputStream() {
            return body;
        }

        @Override
        public boolean isMultipartRelated() {
            return false;
        }
    }

    private static final class JettyListener extends MultiPart.AbstractPartsListener {

        private final List<Part> parts = new ArrayList<>();
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();
        private String refusal = "";

        @Override
        public void onPartContent(Content.Chunk chunk) {
            ByteBuffer bytes = chunk.getByteBuffer();
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            content.writeBytes(copy);
        }

        @Override
        public void onPart(@Nullable String name, @Nullable String fileName, HttpFields headers) {
            parts.add(new Part(
                    name == null ? "" : name,
                    fileName,
                    headers.get(HttpHeader.CONTENT_TYPE),
                    text(content.toByteArray())));
            content.reset();
        }

        @Override
        public void onFailure(Throwable failure) {
            refusal = failure.toString();
        }
    }
}
