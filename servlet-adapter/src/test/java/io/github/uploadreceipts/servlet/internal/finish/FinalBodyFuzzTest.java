package io.github.uploadreceipts.servlet.internal.finish;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.receive.CarriedForm;
import io.github.uploadreceipts.servlet.internal.receive.FormReaders;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A final request's body of any type is refused, or its receipts are found and the application reads the same body. */
class FinalBodyFuzzTest {

    private static final ServletContext NO_KNOWN_CONTAINER = (ServletContext) Proxy.newProxyInstance(
            ServletContext.class.getClassLoader(),
            new Class<?>[] {ServletContext.class},
            (proxy, method, arguments) -> {
                throw new UnsupportedOperationException(method.getName());
            });

    private static final List<String> TYPES = List.of(
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=ISO-8859-1",
            "application/json",
            "application/order+json",
            "multipart/form-data; boundary=x",
            "multipart/form-data; boundary=x",
            "text/plain");
    private static final int LATIN_FIELDS = 1;
    private static final int OBJECTS = 3;
    private static final int FORM = 4;
    private static final int FILES = 5;
    private static final int MAX_BODY_SIZE = 2_000;

    private static final InMemoryUploadStore STORE = InMemoryUploadStore.create();
    private static final UploadHost HOST = UploadHost.builder(KeyRing.generate("test"), STORE)
            .internalUrl("http://127.0.0.1:8080")
            .executor(Runnable::run)
            .developmentMode()
            .build();
    private static final UploadLimits LIMITS =
            UploadLimits.builder().maxFiles(3).maxFileSize(1_000).build();
    private static final Engine ENGINE = HostAccess.engine(HOST);
    private static final Watchdog WATCHDOG = new Watchdog(ENGINE);
    private static final Admission ADMISSION = Admission.of(UploadPermit.anyone(LIMITS));
    private static final List<String> GENUINE = List.of(receipt(), receipt());

    private static String receipt() {
        try (var incoming = ENGINE.receive(ADMISSION, 0, "a.txt", "text/plain")) {
            incoming.write(ByteBuffer.wrap(new byte[1]));
            incoming.force();
            var issued = incoming.publish();
            STORE.discard(issued.receipt().id(), issued.receipt().owner().hour());
            return issued.token();
        } catch (UploadRefusedException | StoreException e) {
            throw new AssertionError(e);
        }
    }

    /** The first character chooses the type. In the rest, the bytes 1 and 2 are replaced by genuine receipts. */
    @DictionaryEntries({
        "receipt=\\x01",
        "&",
        "%25",
        "{\\x22receipts\\x22:[",
        "{\\x22token\\x22:\\x22\\x01\\x22}",
        "]}",
        "\\x0D\\x0A--x\\x0D\\x0A",
        "\\x0D\\x0A--x--",
        "Content-Disposition: form-data; name=receipt\\x0D\\x0A\\x0D\\x0A\\x02",
        "; filename=f"
    })
    @FuzzTest(maxDuration = "10m")
    void read_anyBody(byte[] data) throws IOException, ServletException {
        if (data.length == 0) {
            return;
        }
        int way = Math.floorMod(data[0] - '0', TYPES.size());
        byte[] body = new String(Arrays.copyOfRange(data, 1, data.length), ISO_8859_1)
                .replace("\1", GENUINE.get(0))
                .replace("\2", GENUINE.get(1))
                .getBytes(ISO_8859_1);
        try (FinalBody read = read(way, body, MAX_BODY_SIZE)) {
            assertThat(body.length).isLessThanOrEqualTo(way == FILES ? Integer.MAX_VALUE : MAX_BODY_SIZE);
            assertReadsTheSameAgain(way, body, read);
        } catch (RefusedException e) {
            assertThat(e.problem().status()).isBetween(400, 499);
        }
        assertThat(STORE.isEmpty()).as("nothing is left").isTrue();
        if (way == FORM || way == FILES) {
            carryOn(TYPES.get(way), body);
            assertThat(STORE.isEmpty()).as("nothing is left").isTrue();
        }
    }

    private static FinalBody read(int way, byte[] body, int maxBodySize) throws IOException, RefusedException {
        FinalSettings settings = new FinalSettings(
                "receipt",
                "/receipts",
                way == OBJECTS ? "/token" : "",
                maxBodySize,
                Duration.ofMinutes(1),
                false,
                way == FILES ? Optional.of(request -> UploadPermit.anyone(LIMITS)) : Optional.empty(),
                false);
        FinalBody read = FinalBody.open(request(TYPES.get(way), body), ENGINE, settings, new InFlight());
        try {
            read.receiveWaiting(WATCHDOG);
            assertThat(read.tokens()).isNotNull();
            return read;
        } catch (IOException | RefusedException e) {
            read.close();
            throw e;
        }
    }

    private static void assertReadsTheSameAgain(int way, byte[] body, FinalBody read)
            throws IOException, ServletException, RefusedException {
        ReplayedRequest replayed = read.replay(request(TYPES.get(way), body));
        if (way <= LATIN_FIELDS || way == FORM) {
            String[] values = replayed.getParameterValues("receipt");
            assertThat(read.tokens()).isEqualTo(values == null ? List.of() : List.of(values));
        }
        if (way == FILES) {
            assertThat(read.tokens())
                    .hasSizeLessThanOrEqualTo(replayed.getParts().size());
            return;
        }
        byte[] again = replayed.getInputStream().readAllBytes();
        assertThat(again).hasSize(replayed.getContentLength());
        if (way == FORM) {
            assertIsTheSameForm(again, read.tokens(), parts(replayed));
        } else {
            assertThat(again).isEqualTo(body);
        }
    }

    private static void assertIsTheSameForm(byte[] again, List<String> tokens, List<String> parts)
            throws IOException, ServletException {
        try (FinalBody readAgain = read(FORM, again, Integer.MAX_VALUE)) {
            assertThat(readAgain.tokens()).isEqualTo(tokens);
            assertThat(parts(readAgain.replay(request(TYPES.get(FORM), again)))).isEqualTo(parts);
        } catch (RefusedException e) {
            throw new AssertionError("a body that was read is refused when it is replayed", e);
        }
    }

    private static List<String> parts(ReplayedRequest request) throws IOException, ServletException {
        List<String> parts = new ArrayList<>();
        for (Part part : request.getParts()) {
            parts.add(part.getName() + "|" + part.getSubmittedFileName() + "|" + part.getContentType() + "|"
                    + new String(part.getInputStream().readAllBytes(), ISO_8859_1));
        }
        return parts;
    }

    /** Reads the same form as one that carries receipts on without a script. */
    private static void carryOn(String contentType, byte[] body) throws IOException {
        UploadResponse response = new UploadResponse(ENGINE, null, request(contentType, body), null, Optional.empty());
        Reception reception = null;
        try {
            reception = new Reception(ENGINE, Way.RAW, ADMISSION, new InFlight().enter(ADMISSION, "127.0.0.1"));
            MediaType type = MediaType.parse(contentType).orElseThrow();
            CarriedForm form = new CarriedForm(type, reception, HOST.receipts(), response);
            Receiver.of(request(contentType, body), reception, form).receiveAll(WATCHDOG);
        } catch (RefusedException e) {
            assertThat(e.problem().status()).isBetween(400, 499);
        } finally {
            if (reception != null) {
                reception.abandon();
            }
        }
    }

    private static HttpServletRequest request(String contentType, byte[] body) {
        return (HttpServletRequest) Proxy.newProxyInstance(
                HttpServletRequest.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getContentType" -> contentType;
                    case "getContentLengthLong" -> -1L;
                    case "getInputStream" -> new FormReaders.CutStream(body, length -> length);
                    case "getRemoteAddr" -> "127.0.0.1";
                    case "getCharacterEncoding" -> contentType.contains("charset") ? "ISO-8859-1" : null;
                    case "getQueryString", "getHeader", "getAttribute", "removeAttribute" -> null;
                    case "getParameterMap" -> Map.of();
                    case "getServletContext" -> NO_KNOWN_CONTAINER;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}
