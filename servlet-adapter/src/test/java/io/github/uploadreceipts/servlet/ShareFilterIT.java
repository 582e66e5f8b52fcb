package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.share.ShareLinks;
import io.github.uploadreceipts.store.Delivery;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads of this host's own uploads by share links. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class ShareFilterIT {

    private static final String PAGE =
            "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nSec-Fetch-Mode: navigate\r\n";

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private AdapterFixture fixture;
    private ShareLinks links;
    private volatile String user;

    @BeforeEach
    void begin() throws Exception {
        start(new AdapterFixture(root), Delivery.direct());
    }

    private void start(AdapterFixture made, Delivery delivery) throws Exception {
        fixture = made;
        links = ShareLinks.of(fixture.host, "http://127.0.0.1/s/");
        ShareFilter filter = ShareFilter.builder(fixture.host)
                .subject(request -> user)
                .delivery(delivery)
                .build();
        fixture.start(container, async, Map.of("/s/*", filter), new HttpServlet() {});
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private void restart(boolean sealed, Delivery delivery) throws Exception {
        fixture.close();
        start(sealed ? AdapterFixture.sealed(root) : new AdapterFixture(root), delivery);
    }

    private UploadReceipt store(String name, String type, String content) throws Exception {
        return fixture.store(UploadPermit.anyone(UploadLimits.defaults()), name, type, bytes(content))
                .receipt();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private String path(UploadReceipt receipt, UnaryOperator<ShareLink.Builder> options) {
        try {
            String url = links.url(options.apply(ShareLink.of(receipt)).build());
            return url.substring("http://127.0.0.1".length());
        } catch (IOException e) { // of a short link only
            throw new UncheckedIOException(e);
        }
    }

    private String path(UploadReceipt receipt) {
        return path(receipt, link -> link);
    }

    private Wire.Response get(String path, String fields) throws IOException {
        return Wire.exchange(fixture.port(), head("GET", path) + fields, new byte[0]);
    }

    private static String random(int size) {
        byte[] bytes = new byte[size];
        new Random(7).nextBytes(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void get_unfinished_refused_unlessTheLinkDoesWithoutTheVerdict() throws Exception {
        UploadReceipt receipt = store("a.txt", "text/plain", "hello");
        fixture.say(Verdict.waiting());
        Wire.Response waiting = get(path(receipt), "Accept: */*\r\n");
        assertThat(waiting.status()).isEqualTo(425);
        assertThat(waiting.header("Retry-After")).isEqualTo("5");
        assertThat(waiting.body()).contains("#upload-unfinished");
        fixture.say(Verdict.refused("no"));
        Wire.Response refused = get(path(receipt), "Accept: */*\r\n");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.body()).contains("#upload-refused");
        Wire.Response checking = get(path(receipt, ShareLink.Builder::acceptUnfinished), "Accept: */*\r\n");
        assertThat(checking.status()).isEqualTo(200);
        assertThat(checking.body()).isEqualTo("hello");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void get_wholeFile(boolean sealed) throws Exception {
        restart(sealed, Delivery.direct());
        String content = random(1_000_000);
        UploadReceipt receipt = store("ä \"1\".bin", "application/pdf", content);
        Wire.Response response = get(path(receipt), "Accept: */*\r\n");
        assertThat(response.status()).as(response.body()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(content);
        assertThat(response.header("Content-Type")).isEqualTo("application/pdf");
        assertThat(response.header("Content-Length")).isEqualTo("1000000");
        assertThat(response.header("ETag")).isEqualTo(receipt.digest().entityTag());
        assertThat(response.header("Accept-Ranges")).isEqualTo("bytes");
        assertThat(response.header("Content-Disposition"))
                .isEqualTo("attachment; filename=\"_ _1_.bin\"; filename*=UTF-8''%C3%A4%20%221%22.bin");
        assertThat(response.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(response.header("Content-Security-Policy")).isEqualTo("sandbox; default-src 'none'");
        assertThat(response.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
        assertThat(response.header("Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(response.header("Cache-Control")).isEqualTo("private, no-store");
        fixture.await(
                "event",
                () -> !fixture.listener.told(UploadEvent.LinkUsed.class).isEmpty());
        assertThat(fixture.listener.told(UploadEvent.LinkUsed.class))
                .containsExactly(new UploadEvent.LinkUsed(receipt.id(), true));
        fixture.await("closed file", () -> fixture.descriptors().isEmpty());
    }

    @ParameterizedTest
    @CsvSource({
        "0-0",
        "65535-65536",
        "65536-131071",
        "65536-",
        "131070-131072",
        "131072-",
        "-1",
        "199999-",
        "0-199999",
        "-300000"
    })
    void get_range(String range) throws Exception {
        restart(true, Delivery.direct());
        String content = random(200_000);
        String path = path(store("a.bin", "a/b", content));
        Wire.Response response = get(path, "Range: bytes=" + range + "\r\n");
        String[] ends = range.split("-", -1);
        int from = ends[0].isEmpty() ? Math.max(0, 200_000 - Integer.parseInt(ends[1])) : Integer.parseInt(ends[0]);
        int to = ends[0].isEmpty() || ends[1].isEmpty() ? 200_000 : Integer.parseInt(ends[1]) + 1;
        assertThat(response.body()).isEqualTo(content.substring(from, to));
        boolean whole = from == 0 && to == 200_000;
        assertThat(response.status()).isEqualTo(whole ? 200 : 206);
        assertThat(response.header("Content-Range"))
                .isEqualTo(whole ? "" : "bytes " + from + "-" + (to - 1) + "/200000");
    }

    @Test
    void get_rangeBeyondTheEnd() throws Exception {
        Wire.Response response = get(path(store("a", "a/b", "0123456789")), "Range: bytes=10-\r\n");
        assertThat(response.status()).isEqualTo(416);
        assertThat(response.header("Content-Range")).isEqualTo("bytes */10");
        assertThat(response.body()).isEmpty();
    }

    /** Both are the whole file, once. */
    @Test
    void get_thousandRanges_orStaleIfRange() throws Exception {
        String path = path(store("a", "a/b", "0123456789"));
        String ranges = IntStream.range(0, 1000).mapToObj(i -> i % 10 + "-9").collect(Collectors.joining(","));
        assertThat(get(path, "Range: bytes=" + ranges + "\r\n").body()).isEqualTo("0123456789");
        Wire.Response stale = get(path, "Range: bytes=5-\r\nIf-Range: \"old\"\r\n");
        assertThat(stale.status()).isEqualTo(200);
        assertThat(stale.body()).isEqualTo("0123456789");
    }

    @Test
    void get_rangeWithIfRange_notModified_andHead() throws Exception {
        UploadReceipt receipt = store("a", "a/b", "0123456789");
        String tag = receipt.digest().entityTag();
        assertThat(get(path(receipt), "Range: bytes=5-\r\nIf-Range: " + tag + "\r\n")
                        .body())
                .isEqualTo("56789");
        Wire.Response unchanged = get(path(receipt), "If-None-Match: \"x\", " + tag + "\r\n");
        assertThat(unchanged.status()).isEqualTo(304);
        assertThat(unchanged.header("ETag")).isEqualTo(tag);
        Wire.Response head =
                Wire.exchange(fixture.port(), head("HEAD", path(receipt)) + "Range: bytes=5-\r\n", new byte[0]);
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Content-Length")).isEqualTo("10");
        assertThat(head.header("Content-Disposition")).startsWith("attachment;");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void get_emptyFile(boolean sealed) throws Exception {
        restart(sealed, Delivery.direct());
        Wire.Response response = get(path(store("a", "a/b", "")), "Range: bytes=0-5\r\n");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("Content-Length")).isEqualTo("0");
    }

    /** A connection that has carried a download carries the next one. */
    @Test
    void get_twiceOnOneConnection() throws Exception {
        String content = random(300_000);
        String path = path(store("a", "a/b", content));
        try (Wire wire = new Wire(fixture.port())) {
            for (int i = 0; i < 3; i++) {
                assertThat(wire.send(head("GET", path) + "\r\n").response().body())
                        .isEqualTo(content);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "image/png, inline, image/png",
        "image/svg+xml, attachment, application/octet-stream",
        "text/html, attachment, application/octet-stream",
        "TEXT/HTML;charset=utf-8, attachment, application/octet-stream",
        "text/plain; charset=iso-8859-1, inline, text/plain;charset=utf-8",
        "application/xhtml+xml, attachment, application/octet-stream",
        "application/pdf, attachment, application/pdf",
        "application/javascript, attachment, application/octet-stream",
        "text/css, attachment, application/octet-stream",
        "video/mp4, inline, video/mp4",
        "audio/mpeg, inline, audio/mpeg",
        "a/b, attachment, application/octet-stream",
        "application/zip, attachment, application/zip"
    })
    void inlineLink_byType(String type, String disposition, String said) throws Exception {
        UploadReceipt receipt = store("a.x", type, "<script>");
        String path = path(receipt, ShareLink.Builder::inline);
        Wire.Response response = get(path, "");
        assertThat(response.header("Content-Disposition")).startsWith(disposition + ";");
        assertThat(response.header("Content-Type").replace("; ", ";").replace("UTF", "utf"))
                .isEqualTo(said);
        assertThat(get(path + "?download", "").header("Content-Disposition")).startsWith("attachment;");
        assertThat(get(path(receipt), "").header("Content-Disposition")).startsWith("attachment;");
    }

    @Test
    void cacheableLink_isForEverybody() throws Exception {
        UploadReceipt receipt = store("a", "a/b", "x");
        String path = path(receipt, link -> link.cacheable().expiresIn(Duration.ofHours(1)));
        Wire.Response response = get(path, "");
        assertThat(response.header("Cache-Control")).matches("public, immutable, max-age=(3600|359[0-9])");
        assertThat(response.header("Cross-Origin-Resource-Policy")).isEqualTo("cross-origin");
        fixture.engine.discard(receipt.owner());
        Wire.Response gone = get(path, "");
        assertProblem(gone, 410, "upload-gone");
        assertThat(gone.header("Cache-Control")).isEqualTo("public, max-age=10");
        assertThat(gone.header("ETag")).isEmpty();
    }

    @Test
    void refusals_ofWhatIsNotThere() throws Exception {
        UploadReceipt receipt = store("a", "a/b", "x");
        String path = path(receipt);
        assertProblem(get("/s/nothing", ""), 404, "not-found");
        assertProblem(get(path.substring(0, path.length() - 1), ""), 404, "not-found");
        assertProblem(get(path.toLowerCase(java.util.Locale.ROOT), ""), 404, "not-found");
        fixture.engine.discard(receipt.owner());
        Wire.Response gone = get(path, "");
        assertProblem(gone, 410, "upload-gone");
        assertThat(gone.header("Cache-Control")).isEqualTo("private, no-store");
        assertThat(gone.header("Content-Disposition")).isEmpty();
    }

    @Test
    void linkOfAUser_worksForNobodyElse() throws Exception {
        String path = path(store("a", "a/b", "x"), link -> link.subject("ann"));
        assertProblem(get(path, ""), 404, "not-found");
        user = "bob";
        assertProblem(get(path, ""), 404, "not-found");
        user = "ann";
        assertThat(get(path, "").body()).isEqualTo("x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"DELETE", "PUT", "OPTIONS", "PATCH"})
    void otherMethod_refused(String method) throws Exception {
        String path = path(store("a", "a/b", "x"));
        Wire.Response response = Wire.exchange(fixture.port(), head(method, path), bytes("body"));
        assertProblem(response, 405, "method-not-allowed");
        assertThat(response.header("Allow")).isEqualTo("GET, HEAD, POST");
    }

    @Test
    void xAccelRedirect_ofPlainUpload() throws Exception {
        restart(false, Delivery.xAccelRedirect("/stored/"));
        UploadReceipt receipt = store("a.html", "text/html", "x");
        Wire.Response response = get(path(receipt), "Range: bytes=0-0\r\n");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("X-Accel-Redirect"))
                .isEqualTo("/stored/" + receipt.owner().hour() + "/" + receipt.id());
        assertThat(response.header("Content-Type")).isEqualTo("application/octet-stream");
        assertThat(response.header("Content-Disposition")).startsWith("attachment;");
        assertThat(response.body()).isEmpty();
    }

    @Test
    void xAccelRedirect_notOfSealedUpload() throws Exception {
        restart(true, Delivery.xAccelRedirect("/stored/"));
        Wire.Response response = get(path(store("a", "a/b", "x")), "");
        assertThat(response.header("X-Accel-Redirect")).isEmpty();
        assertThat(response.body()).isEqualTo("x");
    }

    /** A file that was changed gives no byte of the segment that is not the one that was sealed. */
    @Test
    void sealedFileThatWasChanged() throws Exception {
        restart(true, Delivery.direct());
        UploadReceipt receipt = store("a", "a/b", random(200_000));
        Path file = fixture.files().get(0);
        byte[] stored = Files.readAllBytes(file);
        stored[100_000] ^= 1;
        Files.write(file, stored);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("GET", path(receipt)) + "\r\n");
            String got = wire.rest();
            assertThat(got.length()).isLessThan(80_000);
        }
        stored[100_000] ^= 1;
        stored[100] ^= 1;
        Files.write(file, stored);
        assertProblem(get(path(receipt), ""), 500, "storage-failed");
    }

    private void awaitDownload(String path) throws Exception {
        fixture.await("free download", () -> get(path, "Range: bytes=0-0\r\n").status() == 206);
    }

    /** Whoever gets no byte has downloaded nothing. */
    @Test
    void downloads_nothingSent_givenBack() throws Exception {
        UploadReceipt receipt = store("a", "a/b", "0123456789");
        String path = path(receipt, link -> link.downloads(1));
        String tag = receipt.digest().entityTag();
        assertThat(get(path, "If-None-Match: " + tag + "\r\n").status()).isEqualTo(304);
        fixture.await("free download", () -> get(path, "Range: bytes=10-\r\n").status() == 416);
        awaitDownload(path);
        assertProblem(get(path, ""), 410, "upload-gone");
    }

    /** Or a client would get all of the file in pieces that break off. A changed sealed file ends a download early. */
    @Test
    void downloads_brokenOff_givenBackOnlyAtTheBeginning() throws Exception {
        restart(true, Delivery.direct());
        UploadReceipt receipt = store("a", "a/b", random(10_000_000));
        Path file = fixture.files().get(0);
        byte[] stored = Files.readAllBytes(file);
        int segment = 12 + 65_536 + 16;
        stored[segment + 100] ^= 1;
        stored[101 * segment + 100] ^= 1;
        Files.write(file, stored);
        String first = path(receipt, link -> link.downloads(1));
        String later = path(receipt, link -> link.downloads(1));
        breakOff(first, 0);
        breakOff(later, 100 * 65_536);
        awaitDownload(first);
        for (int i = 0; i < 20; i++) {
            assertProblem(get(later, "Range: bytes=0-0\r\n"), 410, "upload-gone");
            Thread.sleep(10); // giving back does not wait
        }
    }

    private void breakOff(String path, int from) throws IOException {
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("GET", path) + "Range: bytes=" + from + "-\r\n\r\n");
            assertThat(wire.rest()).startsWith("HTTP/1.1 20").hasSizeLessThan(80_000);
        }
    }

    @Test
    void page_forABrowser() throws Exception {
        UploadReceipt receipt = store("{{body}}<b>\u202Egpj.exe", "a/b", "x");
        String path = path(receipt, link -> link.note("<script>alert(1)</script> & \u202E"));
        Wire.Response page = get(path, PAGE);
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Type")).isEqualToIgnoringCase("text/html;charset=utf-8");
        assertThat(page.header("Content-Security-Policy"))
                .startsWith("default-src 'none'; style-src 'sha256-")
                .contains("frame-ancestors 'none'");
        assertThat(page.header("Vary")).isEqualTo("Accept, Sec-Fetch-Mode");
        assertThat(page.header("Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(page.body())
                .contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp;")
                .contains("href=\"?download\"")
                .doesNotContain("<script")
                .doesNotContain("<b>");
        assertThat(fixture.listener.told(UploadEvent.LinkUsed.class)).isEmpty();
        assertThat(get(path + "?fbclid=x", PAGE).body()).contains("href=\"?download\"");
        Wire.Response missing = get("/s/nothing", PAGE);
        assertThat(missing.status()).isEqualTo(404);
        assertThat(missing.body()).contains("This link does not work");
        assertThat(get(path, "Accept: text/html\r\nSec-Fetch-Mode: no-cors\r\n").body())
                .isEqualTo("x");
    }

    private static String basic(String password) {
        return "Authorization: Basic "
                + Base64.getEncoder().encodeToString((":" + password).getBytes(StandardCharsets.UTF_8)) + "\r\n";
    }

    private Wire.Response post(String path, String fields, String form) throws IOException {
        return Wire.exchange(
                fixture.port(),
                head("POST", path) + "Content-Type: application/x-www-form-urlencoded\r\n" + fields,
                form.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void password_byBasic(boolean sealed) throws Exception {
        restart(sealed, Delivery.direct());
        String content = random(100_000);
        String path = path(store("a", "a/b", content), link -> link.password("pä ss:&"));
        Wire.Response asked = get(path, "Accept: */*\r\n");
        assertProblem(asked, 401, "password-required");
        assertThat(asked.header("WWW-Authenticate")).matches("Basic realm=\"[0-9a-f]{16}\", charset=\"UTF-8\"");
        assertThat(asked.header("WWW-Authenticate")).doesNotContain(path.substring(3, 20));
        assertProblem(get(path, basic("other")), 401, "password-required");
        Wire.Response given = get(path, basic("pä ss:&"));
        assertThat(given.body()).isEqualTo(content);
        Wire.Response range = get(path, basic("pä ss:&") + "Range: bytes=65535-65536\r\n");
        assertThat(range.body()).isEqualTo(content.substring(65_535, 65_537));
    }

    @Test
    void password_byForm() throws Exception {
        String path = path(store("a.txt", "text/plain", "x"), link -> link.password("pä ss:&"));
        Wire.Response asked = get(path, PAGE);
        assertThat(asked.status()).isEqualTo(401);
        assertThat(asked.header("WWW-Authenticate")).isEmpty();
        assertThat(asked.body())
                .contains("<form method=\"post\">")
                .doesNotContain("a.txt")
                .doesNotContain("not right");
        Wire.Response wrong = post(path + "?download", PAGE, "password=other");
        assertThat(wrong.status()).isEqualTo(401);
        assertThat(wrong.body()).contains("not right");
        Wire.Response right =
                post(path + "?download", PAGE + "X-Forwarded-Proto: https\r\n", "a=b&password=p%C3%A4+ss%3A%26");
        assertThat(right.status()).as(right.body()).isEqualTo(303);
        String token = path.substring(3);
        assertThat(right.header("Location")).isEqualTo(token);
        assertThat(right.header("Cache-Control")).isEqualTo("private, no-store");
        String cookie = right.header("Set-Cookie");
        assertThat(cookie)
                .matches("upload-link-pass=[^;]+; Path=" + path + "; Max-Age=600; HttpOnly; SameSite=Lax; Secure");
        String pass = "Cookie: " + cookie.substring(0, cookie.indexOf(';')) + "\r\n";
        assertThat(get(path, pass + PAGE).body()).contains("a.txt");
        assertThat(get(path + "?download", pass + PAGE).body()).isEqualTo("x");
        String another = path(store("b.txt", "text/plain", "y"), link -> link.password("another"));
        assertThat(get(another, pass).status()).isEqualTo(401);
    }

    @Test
    void password_subresource_asksByNoDialog() throws Exception {
        String path = path(store("a", "a/b", "x"), link -> link.password("secret"));
        Wire.Response asked = get(path + "?view", "Accept: image/*\r\nSec-Fetch-Mode: no-cors\r\n");
        assertThat(asked.status()).isEqualTo(401);
        assertThat(asked.header("WWW-Authenticate")).isEmpty();
    }

    @Test
    void password_badForms() throws Exception {
        String path = path(store("a", "a/b", "x"), link -> link.password("secret"));
        assertThat(post(path, "Sec-Fetch-Site: cross-site\r\n", "password=secret")
                        .status())
                .isEqualTo(403);
        assertThat(post(path, "", "password=" + "x".repeat(5000)).status()).isEqualTo(413);
        assertThat(post(path, "", "password=%zz").status()).isEqualTo(400);
        assertThat(post(path, "", "").status()).isEqualTo(401);
        assertThat(Wire.exchange(
                                fixture.port(),
                                head("POST", path) + "Content-Type: text/plain\r\n",
                                bytes("password=secret"))
                        .status())
                .isEqualTo(415);
        Wire.Response chunked = Wire.exchangeChunked(
                fixture.port(),
                head("POST", path) + "Content-Type: application/x-www-form-urlencoded\r\n",
                bytes("password=secret"));
        assertThat(chunked.status()).as(chunked.body()).isEqualTo(303);
    }

    /** One that comes in pieces is waited for. */
    @Test
    void password_slowForm() throws Exception {
        String path = path(store("a", "a/b", "x"), link -> link.password("secret"));
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", path)
                    + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 15\r\n\r\npass");
            Thread.sleep(300);
            wire.send("word=secret");
            assertThat(wire.response().status()).isEqualTo(303);
        }
    }

    /** Who waits for passwords of others must not be kept from the file. */
    @Test
    void manyWrongPasswords_pageSaysSo() throws Exception {
        String path = path(store("a", "a/b", "x"), link -> link.password("secret"));
        Wire.Response last = null;
        for (int i = 0; i < 20 && (last == null || last.status() == 401); i++) {
            last = post(path, PAGE, "password=" + i);
        }
        assertThat(last.status()).isEqualTo(429);
        assertThat(Long.parseLong(last.header("Retry-After"))).isPositive();
        assertThat(last.body()).contains("Too many wrong passwords");
    }
}
