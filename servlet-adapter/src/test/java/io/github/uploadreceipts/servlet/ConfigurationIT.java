package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.testing.RecordedLog;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Filters that the container creates from their class names, as from a {@code web.xml}, with settings in text. */
@ParameterizedClass
@MethodSource(Container.ALL)
class ConfigurationIT {

    private static final String PROPERTY = "upload-receipts.max-file-size";
    private static final String MISSPELT = "upload-receipts.max-file-sise";

    @Parameter
    Container container;

    @TempDir
    Path root;

    private final Map<String, String> params = new HashMap<>();
    private final Map<String, String> contextParams = new HashMap<>();
    private final UploadFilter uploads = new UploadFilter();
    private Container.Running running;

    /** A policy that a setting names. */
    public static final class Nobody implements UploadPolicy {
        @Override
        public UploadPermit permit(HttpServletRequest request) throws UploadRefusedException {
            throw new UploadRefusedException(Problem.of(ProblemType.FORBIDDEN));
        }
    }

    private final RecordedLog log = RecordedLog.of(UploadHost.class.getName(), UploadFilter.class.getName());

    @BeforeEach
    void complete() throws Exception {
        Path ring = root.resolve("receipts.json");
        KeyRing.generate("photos").write(ring);
        contextParams.put("upload-receipts.key-ring", ring.toString());
        contextParams.put("upload-receipts.store", root.resolve("store").toString());
        contextParams.put("upload-receipts.fleet", "photos");
        contextParams.put("upload-receipts.internal-url", "http://10.1.2.3:8080");
        params.put("policy", "anyone");
        params.put("max-file-size", "10");
        params.put("allow-origins", "https://a.example, http://b.example:81");
        params.put("allow-credentials", "true");
        params.put("final-form", "/orders");
        params.put("carried-fields", "_csrf, paper");
        params.put("target-origin", "https://www.example.org");
        params.put("peer-addresses", "10.0.0.0/8, fd00::/8");
        params.put("max-refused-bytes", "0");
        params.put("min-refused-bytes-per-second", "1000");
        params.put("max-refused-bodies", "5");
        params.put("receipt-field", "photo");
        params.put("json-array", "/order/photos");
        params.put("json-receipt", "/token");
        params.put("max-body-size", "5000");
        params.put("body-deadline", "PT5S");
        params.put("files-policy", "anyone");
    }

    @AfterEach
    void stop() {
        System.clearProperty(PROPERTY);
        System.clearProperty(MISSPELT);
        log.close();
        close();
    }

    private void close() {
        if (running != null) {
            running.close();
            running = null;
        }
    }

    private void start() throws Exception {
        Map<String, Filter> filters = new LinkedHashMap<>();
        filters.put("/uploads/*", uploads);
        filters.put("/internal/uploads/*", new DeliveryFilter());
        filters.put("/orders/*", new ReceiptsFilter());
        HttpServlet application = new HttpServlet() {
            private static final long serialVersionUID = 1;

            @Override
            protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
                response.getWriter()
                        .print(ReceiptsFilter.receipts(request).size() + " of "
                                + UploadFilter.host(getServletContext()).internalUrl());
            }
        };
        running = container.start(Container.App.of(filters, application, true).params(params, contextParams));
    }

    private Wire.Response post(String path, String type, String body, String... fields) throws IOException {
        String more = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
        return Wire.exchange(
                running.port(),
                head("POST", path) + "Content-Type: " + type + "\r\n" + more,
                body.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void start_allSettings_areUsed() throws Exception {
        start();
        Wire.Response stored = post("/uploads", "a/b", "1234567890", "Origin: http://b.example:81");
        assertThat(stored.status()).as(stored.body()).isEqualTo(201);
        assertThat(stored.header("Access-Control-Allow-Credentials")).isEqualTo("true");
        assertThat(post("/uploads", "a/b", "12345678901").status()).isEqualTo(413);
        String token = AdapterFixture.tokens(stored).get(0);

        assertThat(post("/orders", "application/x-www-form-urlencoded", "photo=" + token)
                        .body())
                .isEqualTo("1 of http://10.1.2.3:8080");
        assertThat(post("/orders", "application/json", "{\"order\":{\"photos\":[{\"token\":\"" + token + "\"}]}}")
                        .body())
                .startsWith("1 of ");
        assertThat(post("/orders", "application/x-www-form-urlencoded", "a=" + "v".repeat(5_000))
                        .status())
                .isEqualTo(413);
        String form = "--x\r\n" + AdapterFixture.filePart("a", "a/b", "1") + "\r\n--x--";
        assertThat(post("/orders", "multipart/form-data; boundary=x", form).body())
                .startsWith("1 of ");
        Wire.Response page = post("/uploads", "multipart/form-data; boundary=x", form, "Accept: text/html");
        assertThat(page.body()).contains("action=\"/orders\"", "\"https://www.example.org\"");
        assertThat(Wire.exchange(running.port(), head("GET", "/internal/uploads/x"), new byte[0])
                        .status())
                .as("loopback is no peer here")
                .isEqualTo(404);
    }

    @Test
    void start_saysWhatWasMadeAndWhatIsMissing() throws Exception {
        contextParams.put("upload-receipts.delivery", "x-sendfile");
        contextParams.put("upload-receipts.internal-url", "http://10.1.2.3:8080/shop");
        start();
        assertThat(log.messages())
                .containsExactly(
                        "a host of the fleet photos starts at http://10.1.2.3:8080/shop: store "
                                + root.toRealPath().resolve("store") + " (forced), delivery x-sendfile, UploadFilter on"
                                + " /uploads/*, DeliveryFilter on /internal/uploads/*, ReceiptsFilter on /orders/*,"
                                + " UploadGuard not mapped",
                        "the internal URL http://10.1.2.3:8080/shop does not end in this application's context path, '':"
                                + " set internal-url to one that does, unless a front server renames it",
                        "peers cannot relay requests about resumable uploads to this host: map UploadFilter to"
                                + " /internal/relay as well");
    }

    @Test
    void start_systemProperty_winsOverTheApplicationsSettings() throws Exception {
        System.setProperty(PROPERTY, "3");
        start();
        assertThat(post("/uploads", "a/b", "123").status()).isEqualTo(201);
        assertThat(post("/uploads", "a/b", "1234").status()).isEqualTo(413);
    }

    @Test
    void start_policyClass_decides() throws Exception {
        params.put("policy", Nobody.class.getName());
        start();
        assertThat(post("/uploads", "a/b", "1").status()).isEqualTo(403);
    }

    @Test
    void stop_lastFilter_closesTheHostThatAllShared() throws Exception {
        start();
        assertThat(receivingDirectories("store"))
                .as("one host for three filters")
                .hasSize(1);
        close();
        assertThat(receivingDirectories("store")).isEmpty();
        start();
        assertThat(post("/uploads", "a/b", "1").status()).as("started again").isEqualTo(201);
    }

    @Test
    void start_nothingConfigured_refusesAndSaysWhatToDo() {
        params.clear();
        contextParams.clear();
        assertRefuses("no policy is configured");
        params.put("policy", "anyone");
        assertRefuses(
                "no key-ring is configured: set it to the fleet's key ring file", "or set development-mode to true");
    }

    @Test
    void start_developmentMode_makesAThrowAwayKeyAndSaysSo() throws Exception {
        contextParams.remove("upload-receipts.key-ring");
        contextParams.put("upload-receipts.internal-url", "http://localhost:8080");
        assertRefuses("no key-ring is configured");
        contextParams.put("upload-receipts.development-mode", "true");
        start();
        assertThat(post("/uploads", "a/b", "1").status()).isEqualTo(201);
        assertThat(log.messages()).anyMatch(text -> text.startsWith("development mode: a throw-away key ring"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "policy | somebody | policy is 'somebody', but must be signed-in, anyone, ticket, or a class",
                "policy | java.lang.String | must be signed-in, anyone, ticket, or a class",
                "max-file-size | 10MB | max-file-size is '10MB', but must be a number of bytes",
                "max-file-size | 0 | maxFileSize is 0, but must be at least 1",
                "max-uploads-per-subject | x | max-uploads-per-subject is 'x', but must be a number",
                "idle-timeout | 5 | idle-timeout is '5', but must be a duration",
                "allow-origins | https://a.example/ | allow-origins is 'https://a.example/', but must be origins",
                "allow-origins | * | allow-origins is '*'",
                "allow-credentials | yes | allow-credentials is 'yes', but must be true or false",
                "target-origin | //a; script-src * | target-origin is '//a; script-src *', but must be origins",
                "peer-addresses | lan | peer-addresses is 'lan', but must be CIDR blocks",
                "max-refused-bytes | -1 | max-refused-bytes is '-1', but must be a number of bytes",
                "max-refused-bodies | many | max-refused-bodies is 'many', but must be a number",
                "json-array | receipts | json-array",
                "max-body-size | 0 | max-body-size",
                "body-deadline | PT0S | body-deadline",
                "body-deadline | soon | body-deadline is 'soon', but must be a duration",
                "files-policy | somebody | files-policy is 'somebody', but must be",
                "internal-url | http://127.0.0.1:8080 | is this machine's loopback",
                "internal-url | 10.1.2.3 | internal URL '10.1.2.3': a location is http://host:port",
                "fleet | others | the key ring is of the fleet photos, not others",
                "delivery | x-accel-redirect:stored | delivery is 'x-accel-redirect:stored', but must be",
                "durability | some | durability is 'some', but must be forced or buffered",
                "time-to-live | PT1S | timeToLive is PT1S, but must be from 1 minute to 365 days",
                "development-mode | on | development-mode is 'on', but must be true or false",
            })
    void start_wrongValue_refusesAndLeavesNothingOpen(String name, String value, String message) throws Exception {
        params.put(name, value);
        contextParams.remove("upload-receipts." + name);
        assertRefuses(message);
        assertThat(receivingDirectories("store")).as("the store is closed").isEmpty();
    }

    /** The places that settings are read from. */
    enum Source {
        INIT_PARAM,
        CONTEXT_PARAM,
        SYSTEM_PROPERTY
    }

    /** A misspelt setting would have no effect, and nobody would notice. */
    @ParameterizedTest
    @EnumSource
    void start_unknownName_refusesAndNamesTheNearest(Source source) throws Exception {
        switch (source) {
            case INIT_PARAM -> params.put("max-file-sise", "10");
            case CONTEXT_PARAM -> contextParams.put(MISSPELT, "10");
            case SYSTEM_PROPERTY -> System.setProperty(MISSPELT, "10");
        }
        for (Supplier<Filter> filter :
                List.<Supplier<Filter>>of(UploadFilter::new, DeliveryFilter::new, ReceiptsFilter::new)) {
            assertRefuses(List.of(filter.get()), "there is no setting 'max-file-sise'; did you mean 'max-file-size'?");
        }
        assertThat(receivingDirectories("store")).as("no store is open").isEmpty();
    }

    /** Returns the directories of the JVMs that have the store open. */
    private List<String> receivingDirectories(String store) throws IOException {
        Path incoming = root.resolve(store).resolve("incoming");
        if (!Files.exists(incoming)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(incoming)) {
            return entries.filter(Files::isDirectory).map(Path::toString).toList();
        }
    }

    private void assertRefuses(String... messages) {
        assertRefuses(List.of(new UploadFilter(), new DeliveryFilter(), new ReceiptsFilter()), messages);
    }

    private void assertRefuses(List<Filter> filters, String... messages) {
        List<Throwable> causes = new ArrayList<>();
        List<Filter> begun = new ArrayList<>();
        try (Container.Running none = container.start(
                Container.App.of(Map.of("/*", begin(filters, begun, causes)), new HttpServlet() {}, true)
                        .params(params, contextParams))) {
            throw new AssertionError("it started at port " + none.port());
        } catch (Exception e) {
            causes.add(e);
        }
        StringWriter all = new StringWriter();
        causes.forEach(cause -> cause.printStackTrace(new PrintWriter(all)));
        assertThat(all.toString()).contains(messages);
    }

    /**
     * Returns a filter that starts all these filters. Like a container, it destroys the started ones if another one
     * fails.
     */
    private static Filter begin(List<Filter> filters, List<Filter> begun, List<Throwable> causes) {
        return new Filter() {
            @Override
            public void init(FilterConfig config) throws ServletException {
                try {
                    for (Filter filter : filters) {
                        filter.init(config);
                        begun.add(filter);
                    }
                } catch (RuntimeException | ServletException e) {
                    causes.add(e);
                    begun.forEach(Filter::destroy);
                    throw e;
                }
            }

            @Override
            public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain) {}
        };
    }

    private UploadHost ownHost() throws IOException {
        return UploadHost.builder(KeyRing.generate("own"), LocalUploadStore.at(root.resolve("own")))
                .internalUrl("http://127.0.0.1:1")
                .developmentMode()
                .build();
    }

    /** An adapter to another framework passes the settings that it has read itself. */
    @Test
    void create_settingsAsText_areUsed() throws Exception {
        try (UploadHost host = ownHost()) {
            Map<String, Filter> filters = Map.of(
                    "/uploads/*", UploadFilter.create(host, Map.of("policy", "anyone", "max-file-size", "3")),
                    "/internal/uploads/*", DeliveryFilter.create(host, Map.of("peer-addresses", "10.0.0.0/8")),
                    "/orders/*", ReceiptsFilter.create(host, Map.of("receipt-field", "photo")));
            contextParams.put("upload-receipts.max-file-size", "1");
            params.put("receipt-field", "other");
            running = container.start(
                    Container.App.of(filters, new Counting(), true).params(params, contextParams));
            Wire.Response stored = post("/uploads", "a/b", "123");
            assertThat(stored.status()).as(stored.body()).isEqualTo(201);
            assertThat(post("/uploads", "a/b", "1234").status()).isEqualTo(413);
            String token = AdapterFixture.tokens(stored).get(0);
            assertThat(post("/orders", "application/x-www-form-urlencoded", "photo=" + token)
                            .body())
                    .isEqualTo("1");
            assertThat(Wire.exchange(running.port(), head("GET", "/internal/uploads/x"), new byte[0])
                            .status())
                    .as("loopback is no peer here")
                    .isEqualTo(404);
            close();
            assertThat(receivingDirectories("own")).as("the host lives on").hasSize(1);
        }
    }

    /** Responds with the number of a request's receipts. */
    private static final class Counting extends HttpServlet {

        private static final long serialVersionUID = 1;

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.getWriter().print(ReceiptsFilter.receipts(request).size());
        }
    }

    @Test
    void create_wrongText_refusedAtOnce() throws Exception {
        try (UploadHost host = ownHost()) {
            for (Function<Map<String, String>, Filter> create : List.<Function<Map<String, String>, Filter>>of(
                    text -> UploadFilter.create(host, text),
                    text -> DeliveryFilter.create(host, text),
                    text -> ReceiptsFilter.create(host, text))) {
                assertThatThrownBy(() -> create.apply(Map.of("policy", "anyone", "max-file-sise", "3")))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("did you mean 'max-file-size'?");
            }
            assertThatThrownBy(() -> UploadFilter.create(host, Map.of()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no policy is configured");
            assertThatThrownBy(() -> UploadFilter.create(host, Map.of("policy", "anyone", "max-file-size", "0")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("maxFileSize is 0, but must be at least 1");
            assertThatThrownBy(() -> DeliveryFilter.create(host, Map.of("peer-addresses", "lan")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("peer-addresses is 'lan', but must be CIDR blocks");
            assertThatThrownBy(() -> ReceiptsFilter.create(host, Map.of("json-array", "receipts")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("json-array");
        }
    }

    @Test
    void create_hostOfTheApplication_isNotClosed() throws Exception {
        try (UploadHost host = ownHost()) {
            running = container.start(Container.App.of(
                    Map.of("/internal/uploads/*", DeliveryFilter.create(host)), new HttpServlet() {}, true));
            close();
            assertThat(receivingDirectories("own")).hasSize(1);
        }
    }

    @Test
    void build_wrongValue_isRefusedAtOnce() throws Exception {
        try (UploadHost host = ownHost()) {
            UploadFilter.Builder builder = UploadFilter.builder(host, new Nobody());
            for (String origin :
                    List.of("*", "null", "https://a.example/", "https://a.example?x", "HTTPS://a", "a b")) {
                assertThatThrownBy(() -> builder.allowOrigins(origin)).isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> builder.targetOrigin(origin)).isInstanceOf(IllegalArgumentException.class);
            }
            assertThatThrownBy(() -> ReceiptsFilter.builder(host).json("x", "").build())
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> ReceiptsFilter.builder(host).maxBodySize(0).build())
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
