package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.fieldPart;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages for browsers that do not use our script. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class UploadPageIT {

    private static final String FROM_BROWSER = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";
    private static final Pattern INPUT = Pattern.compile("<input type=\"hidden\" name=\"receipt\" value=\"([^\"]+)\">");
    private static final Pattern SCRIPT =
            Pattern.compile("<script nonce=\"([0-9a-f]{32})\">if \\(parent !== window\\) parent\\.postMessage\\("
                    + "(\\{[^\n]*}), ([^\n]*)\\);</script>");

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private AdapterFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new AdapterFixture(root);
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private UploadFilter.Builder filter() {
        return UploadFilter.builder(fixture.host, UploadPolicy.anyone(UploadLimits.defaults()));
    }

    private Wire.Response submit(String... parts) throws Exception {
        return Wire.exchange(fixture.port(), formHead(FROM_BROWSER), form("x", parts));
    }

    private static String html(Wire.Response response) {
        return new String(response.body().getBytes(ISO_8859_1), UTF_8);
    }

    private static Matcher script(Wire.Response response) {
        Matcher script = SCRIPT.matcher(html(response));
        assertThat(script.find()).as(html(response)).isTrue();
        return script;
    }

    private static List<String> inputs(Wire.Response response) {
        List<String> inputs = new ArrayList<>();
        Matcher input = INPUT.matcher(response.body());
        while (input.find()) {
            inputs.add(input.group(1));
        }
        return inputs;
    }

    @Test
    void post_fromFrame_handsReceiptsToItsParent() throws Exception {
        fixture.start(container, async, filter().build());
        Wire.Response response = submit(filePart("a.txt", "text/plain", "1"));

        assertThat(response.status()).isEqualTo(201);
        assertThat(response.header("Content-Type").toLowerCase(Locale.ROOT)).isEqualTo("text/html;charset=utf-8");
        Matcher script = script(response);
        JsonNode message = new ObjectMapper().readTree(script.group(2));
        String token = message.at("/receipts/0/receipt").asText();
        UploadReceipt receipt =
                fixture.host.receipts().verifyAll(List.of(token)).get(0);
        assertThat(fixture.stored(receipt)).isEqualTo("1");
        assertThat(message.at("/receipts/0/name").asText()).isEqualTo("a.txt");
        assertThat(script.group(3)).isEqualTo("location.origin");
        assertThat(response.header("Content-Security-Policy"))
                .isEqualTo("default-src 'none'; script-src 'nonce-" + script.group(1) + "'; style-src 'nonce-"
                        + script.group(1) + "'; base-uri 'none'; frame-ancestors 'self'");
        assertThat(response.header("Cache-Control")).isEqualTo("no-store");
        assertThat(response.header("Referrer-Policy")).isEqualTo("same-origin");
        assertThat(script(submit(filePart("a", "a/b", ""))).group(1))
                .as("a new nonce")
                .isNotEqualTo(script.group(1));
    }

    @Test
    void post_targetOrigin_isWhereReceiptsGo() throws Exception {
        fixture.start(
                container,
                async,
                filter().targetOrigin("https://www.example.org").build());
        Wire.Response response = submit(filePart("a.txt", "text/plain", "1"));
        assertThat(script(response).group(3)).isEqualTo("\"https://www.example.org\"");
        assertThat(response.header("Content-Security-Policy"))
                .endsWith("frame-ancestors 'self' https://www.example.org");
    }

    @Test
    void post_hostileNames_stayText() throws Exception {
        fixture.start(container, async, filter().build());
        List<String> names = List.of(
                "<!--<script>alert(1)<script>",
                "{{body}}",
                "{{script}}{{nonce}}",
                "$1\\",
                "x\" onclick=\"y",
                "&amp;'",
                "\\u003c");
        Wire.Response response = submit(names.stream()
                .map(name -> filePart(name.replace("\\", "%5C").replace("\"", "%22"), "a/b", ""))
                .toArray(String[]::new));
        List<String> safe = new ArrayList<>();
        JsonNode message = new ObjectMapper().readTree(script(response).group(2));
        message.path("receipts")
                .forEach(receipt -> safe.add(receipt.path("name").asText()));
        assertThat(safe)
                .containsExactly(
                        "<!--<script>alert(1)<script>",
                        "{{body}}",
                        "{{script}}{{nonce}}",
                        "$1%5C",
                        "x\" onclick=\"y",
                        "&amp;'",
                        "%5Cu003c");

        String html = html(response);
        assertThat(html.split("<script", -1)).as("one script").hasSize(2);
        assertThat(html.split("</script", -1)).hasSize(2);
        assertThat(html)
                .contains("<li>&lt;!--&lt;script&gt;alert(1)&lt;script&gt;</li>\n<li>{{body}}</li>\n")
                .contains("<li>x&quot; onclick=&quot;y</li>\n<li>&amp;amp;'</li>");
    }

    @Test
    void post_scriptEndInType_staysText() throws Exception {
        fixture.start(container, async, filter().build());
        Wire.Response response = submit(filePart("a", "a/b; x=\"</script><script>alert(1)\"", ""));
        assertThat(script(response).group(2)).contains("\\u003c/script>\\u003cscript>");
    }

    @Test
    void post_chainOfForms_carriesReceiptsOnInOrder() throws Exception {
        fixture.start(
                container, async, filter().finalForm("/orders?a=1&b=\"2\"").build());
        Wire.Response first = submit(filePart("a", "a/b", "1"), filePart("b", "a/b", "2"));
        List<String> carried = inputs(first).subList(0, 2);
        Wire.Response second = submit(
                fieldPart("receipt", carried.get(0)), fieldPart("receipt", carried.get(1)), filePart("c", "a/b", "3"));

        assertThat(second.status()).as(second.body()).isEqualTo(201);
        List<String> all = inputs(second);
        assertThat(all).as("in both forms").hasSize(6);
        assertThat(all.subList(0, 2)).isEqualTo(carried);
        assertThat(all.subList(3, 6)).isEqualTo(all.subList(0, 3));
        assertThat(fixture.host.receipts().verifyAll(all.subList(0, 3)))
                .extracting(UploadReceipt::name)
                .containsExactly("a", "b", "c");
        assertThat(second.body())
                .contains("<li>a</li>\n<li>b</li>\n<li>c</li>")
                .contains("<form method=\"post\" enctype=\"multipart/form-data\">")
                .contains("<input type=\"file\" name=\"file\" multiple required>")
                .contains("<form method=\"post\" action=\"/orders?a=1&amp;b=&quot;2&quot;\" target=\"_top\">");
        JsonNode message = new ObjectMapper().readTree(script(second).group(2));
        assertThat(message.path("receipts"))
                .as("only the new receipt is handed over")
                .hasSize(1);
    }

    /** Filters in front ask each form for its token. */
    @Test
    void post_chainOfForms_carriesNamedFieldsOn() throws Exception {
        fixture.start(
                container,
                async,
                filter().finalForm("/orders").carryFields("_csrf").build());
        Wire.Response response =
                submit(fieldPart("_csrf", "\"secret>"), fieldPart("paper", "matt"), filePart("a", "a/b", "1"));
        String token = "<input type=\"hidden\" name=\"_csrf\" value=\"&quot;secret&gt;\">\n";
        assertThat(response.body())
                .containsSubsequence(
                        "enctype=\"multipart/form-data\">\n" + token, "type=\"file\"", "target=\"_top\">\n" + token)
                .doesNotContain("paper");
    }

    @Test
    void post_chainWithForgedReceipt_storesNothing() throws Exception {
        fixture.start(container, async, filter().build());
        String genuine = inputs(submit(filePart("a", "a/b", "1"))).get(0);
        String bound = fixture.store(UploadPermit.of("anna", UploadLimits.defaults()), "b", new byte[1])
                .token();
        int before = fixture.files().size();
        for (List<String> carried : List.of(
                List.of("forged"), List.of(genuine, genuine), List.of(bound), List.of(genuine + "=", genuine))) {
            List<String> parts = new ArrayList<>();
            carried.forEach(token -> parts.add(fieldPart("receipt", token)));
            parts.add(filePart("c", "a/b", "3"));
            Wire.Response response = submit(parts.toArray(String[]::new));

            assertThat(response.status()).isEqualTo(422);
            assertThat(inputs(response)).isEmpty();
            fixture.await("nothing more", () -> fixture.files().size() == before);
        }
    }

    @Test
    void post_nothingChosen_saysSo() throws Exception {
        fixture.start(container, async, filter().finalForm("/orders").build());
        String empty = filePart("", "application/octet-stream", "");
        Wire.Response first = submit(empty);
        assertThat(first.status()).isEqualTo(201);
        assertThat(first.body())
                .contains("<h1>No file was chosen</h1>\n<form method=\"post\" enctype=\"multipart/form-data\">")
                .contains("<label>Choose files <input", "postMessage({\"receipts\":[]}")
                .doesNotContain("<ol>", "/orders");

        String token = inputs(submit(filePart("a", "a/b", "1"))).get(0);
        Wire.Response later = submit(fieldPart("receipt", token), empty);
        assertThat(inputs(later)).containsExactly(token, token);
        assertThat(later.body())
                .contains("<h1>No file was chosen</h1>\n<p>Stored before:</p>\n<ol>\n<li>a</li>", "/orders");
    }

    /** A form without enctype sends the file's name, but not its bytes. */
    @Test
    void post_formWithoutEnctype_isRefusedWithAdvice() throws Exception {
        fixture.start(container, async, filter().build());
        byte[] form = "file=photo.jpg".getBytes(UTF_8);
        for (String type : List.of("application/x-www-form-urlencoded", "text/plain; charset=")) {
            String head = head("POST", "/uploads") + "Content-Type: " + type + "\r\n";
            Wire.Response response = Wire.exchange(fixture.port(), head + FROM_BROWSER + "\r\n", form);
            assertThat(response.status()).isEqualTo(415);
            assertThat(response.body())
                    .contains("Write &lt;form method=&quot;post&quot; enctype=&quot;multipart/form-data");
        }
        fixture.awaitNothingLeft();
        String json = "Accept: text/html;q=0.9, application/json\r\n";
        Wire.Response file =
                Wire.exchange(fixture.port(), head("POST", "/uploads") + json + "Content-Type: text/plain\r\n", form);
        assertThat(fixture.stored(fixture.receipts(file).get(0))).isEqualTo("file=photo.jpg");
    }

    @Test
    void post_refused_isAPageToo() throws Exception {
        fixture.start(
                container,
                async,
                UploadFilter.create(
                        fixture.host,
                        UploadPolicy.anyone(
                                UploadLimits.builder().maxFileSize(10).build())));
        Wire.Response response = submit(filePart("a", "a/b", "x".repeat(11)));
        assertThat(response.status()).isEqualTo(413);
        assertThat(response.header("Content-Type")).startsWith("text/html");
        assertThat(response.header("Content-Security-Policy")).startsWith("default-src 'none'; script-src 'nonce-");
        assertThat(response.body())
                .contains("<h1>The file is too large</h1>\n<p>A file may have 10 bytes.</p>")
                .contains("parent.postMessage({\"type\":\"https://uploadreceipts.github.io/problems#file-too-large\"");
        Wire.Response unread = Wire.exchange(
                fixture.port(), head("POST", "/uploads") + FROM_BROWSER + "\r\nContent-Encoding: br\r\n", new byte[1]);
        assertThat(unread.status()).isEqualTo(415);
        assertThat(unread.header("Content-Type")).startsWith("text/html");
        fixture.awaitNothingLeft();
    }

    @Test
    void post_strangePath_isNotInThePage() throws Exception {
        fixture.start(container, async, filter().build());
        Wire.Response response = Wire.exchange(
                fixture.port(),
                head("POST", "/uploads/evil.example") + FROM_BROWSER
                        + "\r\nContent-Type: multipart/form-data; boundary=x\r\n",
                form("x", filePart("a", "a/b", "1")));
        assertThat(response.body()).doesNotContain("evil.example");
    }
}
