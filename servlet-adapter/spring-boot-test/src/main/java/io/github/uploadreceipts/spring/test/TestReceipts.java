package io.github.uploadreceipts.spring.test;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaTypeFactory;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.test.web.servlet.request.RequestPostProcessor;
import org.springframework.util.MimeType;

/**
 * Receipts for a mock request, in their order. Each request gets new uploads in the application's own store, with
 * receipts that its own keys sign for the user of the request.
 */
public final class TestReceipts implements RequestPostProcessor {

    private static final String ATTRIBUTE = TestReceipts.class.getName();

    private final List<Upload> uploads;
    private final Kind kind;

    /** What was uploaded. */
    record Upload(String name, ByteBuffer content) {}

    /**
     * What the receipts are like.
     *
     * @param user whose they are; of the request's user if empty
     */
    record Kind(Optional<String> user, boolean tampered, boolean discarded) {}

    TestReceipts() {
        this(List.of(), new Kind(Optional.empty(), false, false));
    }

    private TestReceipts(List<Upload> uploads, Kind kind) {
        this.uploads = uploads;
        this.kind = kind;
    }

    /** Adds the receipt of another upload. */
    public TestReceipts and(String name, byte[] content) {
        List<Upload> more = new ArrayList<>(uploads);
        more.add(new Upload(name, ByteBuffer.wrap(content.clone())));
        return new TestReceipts(List.copyOf(more), kind);
    }

    /** Binds the receipts to this user, whoever is signed in. */
    public TestReceipts ofUser(String name) {
        return new TestReceipts(uploads, new Kind(Optional.of(name), kind.tampered, kind.discarded));
    }

    /** Breaks the receipts' signatures, so that they are refused. */
    public TestReceipts tampered() {
        return new TestReceipts(uploads, new Kind(kind.user, true, kind.discarded));
    }

    /** Discards the uploads, as after an order, so that fetching them fails. */
    public TestReceipts discarded() {
        return new TestReceipts(uploads, new Kind(kind.user, kind.tampered, true));
    }

    /**
     * Remembers the receipts, which are made when the request is performed and its user is known.
     *
     * @throws IllegalStateException if the test has no MockMvc that is configured by Spring Boot
     */
    @Override
    public MockHttpServletRequest postProcessRequest(MockHttpServletRequest request) {
        var unused = MockUploadsAutoConfiguration.context(request);
        List<TestReceipts> all = new ArrayList<>(of(request));
        all.add(this);
        request.setAttribute(ATTRIBUTE, all);
        return request;
    }

    /** Returns the receipts that a request is to have. */
    @SuppressWarnings("unchecked") // only this class sets the attribute
    static List<TestReceipts> of(MockHttpServletRequest request) {
        Object all = request.getAttribute(ATTRIBUTE);
        return all == null ? List.of() : (List<TestReceipts>) all;
    }

    List<Upload> uploads() {
        return uploads;
    }

    Kind kind() {
        return kind;
    }

    /** Returns the media type that a browser would send for a file with this name. */
    static @Nullable String type(String name) {
        return MediaTypeFactory.getMediaType(name).map(MimeType::toString).orElse(null);
    }
}
