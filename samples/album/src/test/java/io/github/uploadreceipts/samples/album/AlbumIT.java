package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.samples.album.Client.Response;
import io.github.uploadreceipts.store.Claim;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The album's behaviour over HTTP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AlbumIT {

    private static final String HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    private TestFleet fleet;
    private Client client;

    @BeforeAll
    void start() throws IOException {
        fleet = TestFleet.start();
        client = fleet.client;
    }

    @AfterAll
    void stop() {
        fleet.close();
    }

    private static byte[] content(int number) {
        return Bytes.random(10_000 * number, number);
    }

    private static String sha256(int number) {
        return Bytes.sha256(content(number));
    }

    /** Uploads {@code count} files, to each of the three hosts in turn. */
    private List<String> upload(int count) throws Exception {
        List<String> receipts = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            receipts.add(client.upload(fleet.url((i - 1) % 3 + 1), "f" + i + ".png", "image/png", content(i)));
        }
        return receipts;
    }

    private static void assertAlbum(Response response, int... numbers) throws IOException {
        assertThat(response.status()).as(response.text()).isEqualTo(200);
        List<String> expected = new ArrayList<>();
        for (int number : numbers) {
            expected.add(sha256(number));
        }
        assertThat(Client.each(response.json(), "sha256")).isEqualTo(expected);
    }

    private static void assertProblem(Response response, ProblemType type) throws IOException {
        assertThat(response.status()).as(response.text()).isEqualTo(type.status());
        assertThat(response.header("Content-Type")).startsWith("application/problem+json");
        assertThat(response.json().path("type").asText()).isEqualTo(type.uri());
    }

    @Test
    void album_asJson() throws Exception {
        List<String> r = upload(3);
        Response response = client.submit(fleet.url(2), List.of(r.get(2), r.get(0), r.get(1)), "");
        assertAlbum(response, 3, 1, 2);
        JsonNode json = response.json();
        assertThat(json.path("album").asText()).matches("/albums/[0-9A-Za-z_-]{22}");
        assertThat(json.path("zip").asText()).isEqualTo(json.path("album").asText() + ".zip");
        JsonNode first = json.path("items").path(0);
        assertThat(first.path("name").asText()).isEqualTo("f3.png");
        assertThat(first.path("type").asText()).isEqualTo("image/png");
        assertThat(first.path("size").asLong()).isEqualTo(30_000);
        assertThat(first.path("caption").asText()).isEqualTo("caption 1");
        assertThat(Client.each(json, "host"))
                .containsExactly(
                        fleet.host(3).authority(),
                        fleet.host(1).authority(),
                        fleet.host(2).authority());
    }

    @Test
    void album_asForm() throws Exception {
        List<String> r = upload(2);
        Response response = client.submitForm(
                fleet.url(3),
                List.of("receipt", r.get(1), "caption", "höher & <b>", "receipt", r.get(0), "caption", ""));
        assertAlbum(response, 2, 1);
        assertThat(Client.each(response.json(), "caption")).containsExactly("höher & <b>", "");
    }

    @Test
    void album_asFormOfBrowser() throws Exception {
        Response response = client.submitForm(
                fleet.url(1), List.of("receipt", upload(1).get(0), "caption", "<i>'\"&"), "Accept", HTML);
        assertThat(response.status()).isEqualTo(303);
        assertThat(response.header("Location")).startsWith("/albums/");
        Response page = client.get(fleet.url(2) + response.header("Location"));
        assertThat(page.header("Content-Type")).startsWith("text/html");
        assertThat(page.header("Content-Security-Policy"))
                .startsWith("default-src 'none'")
                .doesNotContain("unsafe");
        assertThat(page.text())
                .contains("&lt;i&gt;&#39;&quot;&amp;")
                .contains(sha256(1))
                .doesNotContain("{{");
    }

    @Test
    void album_asMultipartFormWithFile() throws Exception {
        String receipt = upload(1).get(0);
        String body = String.join(
                "\r\n",
                "--b",
                "Content-Disposition: form-data; name=\"file\"; filename=\"late.txt\"",
                "",
                "late",
                "--b",
                "Content-Disposition: form-data; name=\"receipt\"",
                "",
                receipt,
                "--b--",
                "");
        Response response =
                client.post(fleet.url(2) + "/album", body, "Content-Type", "multipart/form-data; boundary=b");
        assertThat(response.status()).as(response.text()).isEqualTo(200);
        assertThat(Client.each(response.json(), "name")).containsExactly("late.txt", "f1.png");
    }

    @Test
    void album_discardsUploads() throws Exception {
        int before = keptByFirstHost();
        String receipt = client.upload(fleet.url(1), "x", "text/plain", content(1));
        String id = fleet.open(receipt).id().toString();
        assertThat(fleet.stored(1)).anyMatch(path -> path.endsWith(id));
        assertThat(keptByFirstHost()).isEqualTo(before + 1);
        assertAlbum(client.submit(fleet.url(2), List.of(receipt), ""), 1);
        assertThat(fleet.stored(1)).noneMatch(path -> path.endsWith(id));
        assertThat(keptByFirstHost()).as("without the records of their use").isEqualTo(before);
    }

    /** Returns the number of uploads that the page shows for the first host. */
    private int keptByFirstHost() throws Exception {
        return client.get(fleet.url(1) + "/fleet").json().at("/hosts/0/uploads").asInt();
    }

    @Test
    void album_again() throws Exception {
        List<String> receipts = upload(3);
        assertAlbum(client.submit(fleet.url(1), receipts, ""), 1, 2, 3);
        Response again = client.submit(fleet.url(1), receipts, "");
        assertProblem(again, ProblemType.UPLOAD_GONE);
        assertThat(again.json().path("errors")).hasSize(3);
        assertThat(again.json().path("errors").path(2).path("index").asInt()).isEqualTo(2);
        assertThat(again.json().path("errors").path(2).path("type").asText()).isEqualTo(ProblemType.UPLOAD_GONE.uri());
    }

    @Test
    void album_againWithSameOrder() throws Exception {
        List<String> receipts = upload(2);
        Response first = client.submit(fleet.url(1), receipts, "order-1");
        Response again = client.submit(fleet.url(2), receipts, "order-1");
        assertAlbum(again, 1, 2);
        assertThat(again.text()).isEqualTo(first.text());
        assertProblem(client.submit(fleet.url(3), upload(2), "order-1"), ProblemType.ALREADY_CLAIMED);
    }

    @Test
    void album_claimedByAnotherOrder() throws Exception {
        List<String> receipts = upload(3);
        UploadReceipt second = fleet.open(receipts.get(1));
        String claiming = fleet.peerToken("GET", second, Optional.of(Claim.of("order-2")));
        client.get(second.owner().toString(), "Authorization", "Bearer " + claiming);

        Response other = client.submit(fleet.url(1), receipts, "order-3");
        assertProblem(other, ProblemType.ALREADY_CLAIMED);
        assertThat(other.json().path("errors").findValuesAsText("index")).containsExactly("1");
        assertAlbum(client.submit(fleet.url(3), receipts.subList(1, 2), "order-2"), 2);
    }

    @Test
    void album_duplicate() throws Exception {
        List<String> r = upload(2);
        Response response = client.submit(fleet.url(1), List.of(r.get(0), r.get(1), r.get(0)), "");
        assertProblem(response, ProblemType.RECEIPTS_REFUSED);
        assertThat(response.json().path("errors")).hasSize(1);
        JsonNode error = response.json().path("errors").path(0);
        assertThat(error.path("index").asInt()).isEqualTo(2);
        assertThat(error.path("type").asText()).isEqualTo(ProblemType.RECEIPT_DUPLICATE.uri());
        assertAlbum(client.submit(fleet.url(1), r, ""), 1, 2);
    }

    @Test
    void album_forgedReceipt() throws Exception {
        String receipt = upload(1).get(0);
        String forged = receipt.substring(0, receipt.length() - 4) + "AAAA";
        Response response = client.submit(fleet.url(1), List.of(receipt, forged), "");
        assertProblem(response, ProblemType.RECEIPTS_REFUSED);
        assertThat(response.json().path("errors").path(0).path("index").asInt()).isEqualTo(1);
    }

    @Test
    void album_malformed() throws Exception {
        String receipt = upload(1).get(0);
        String[] json = {"Content-Type", "application/json"};
        assertThat(client.submit(fleet.url(1), List.of(), "").status()).isEqualTo(400);
        assertThat(client.submit(fleet.url(1), List.of(receipt), "two words").status())
                .isEqualTo(400);
        assertThat(client.post(
                                fleet.url(1) + "/album",
                                "{\"items\":[{\"receipt\":\"" + receipt + "\",\"caption\":1}]}",
                                json)
                        .status())
                .isEqualTo(400);
        assertThat(client.post(fleet.url(1) + "/album", "{\"items\":", json).status())
                .isEqualTo(400);
        assertThat(client.submitForm(
                                fleet.url(1),
                                List.of("receipt", receipt, "caption", "1", "caption", "2"),
                                "Accept",
                                HTML)
                        .text())
                .contains("<h1>");
        assertThat(client.get(fleet.url(1) + "/album").status()).isEqualTo(405);
        assertAlbum(client.submit(fleet.url(1), List.of(receipt), ""), 1);
    }

    @Test
    void zip_inOrder() throws Exception {
        List<String> r = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            r.add(client.upload(fleet.url(i), "same.png", "image/png", content(i)));
        }
        JsonNode album = client.submit(fleet.url(3), List.of(r.get(1), r.get(2), r.get(0)), "")
                .json();
        Response zip = client.get(fleet.url(2) + album.path("zip").asText());
        assertThat(zip.header("Content-Type")).isEqualTo("application/zip");
        List<String> found = new ArrayList<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip.bytes()))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                assertThat(entry.getMethod()).isEqualTo(ZipEntry.STORED);
                found.add(entry.getName() + " " + Bytes.sha256(in.readAllBytes()));
            }
        }
        assertThat(found)
                .containsExactly("same.png " + sha256(2), "same (2).png " + sha256(3), "same (3).png " + sha256(1));
    }

    @Test
    void files_inlineOnlyIfHarmless() throws Exception {
        String[] types = {"image/png", "image/svg+xml", "text/html", "image/png;x=1"};
        List<String> receipts = new ArrayList<>();
        for (String type : types) {
            receipts.add(client.upload(fleet.url(1), "é \"x\".bin", type, content(1)));
        }
        String album =
                client.submit(fleet.url(1), receipts, "").json().path("album").asText();
        for (int i = 0; i < types.length; i++) {
            Response file = client.get(fleet.url(2) + album + "/" + i);
            assertThat(file.bytes()).isEqualTo(content(1));
            assertThat(file.header("X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(file.header("Content-Security-Policy")).isEqualTo("sandbox; default-src 'none'");
            assertThat(file.header("Content-Type")).isEqualTo(i == 0 ? "image/png" : "application/octet-stream");
            assertThat(file.header("Content-Disposition")).startsWith(i == 0 ? "" : "attachment; filename=\"");
        }
        assertThat(client.get(fleet.url(2) + album + "/4").status()).isEqualTo(404);
        assertThat(client.get(fleet.url(2) + album + "/../0").status()).isEqualTo(404);
    }

    @Test
    void albums_unknown() throws Exception {
        for (String path :
                List.of("", "/", "/x", "/AAAAAAAAAAAAAAAAAAAAAA", "/AAAAAAAAAAAAAAAAAAAAAA.zip", "/%2e%2e")) {
            Response response = client.get(fleet.url(1) + "/albums" + path);
            assertThat(response.status()).as(path).isIn(400, 404);
            assertThat(response.text()).doesNotContain(fleet.directory.toString());
        }
    }

    @Test
    void page_asksNextHost() throws Exception {
        List<String> actions = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Response page = client.get(fleet.url(1) + "/");
            assertThat(page.header("Content-Security-Policy")).contains("default-src 'none'");
            assertThat(page.header("X-Content-Type-Options")).isEqualTo("nosniff");
            actions.add(page.text().replaceAll("(?s).*action=\"([^\"]*)/uploads\".*", "$1"));
        }
        assertThat(actions).containsExactlyInAnyOrder(fleet.url(1), fleet.url(2), fleet.url(3));
        assertThat(client.get(fleet.url(1) + "/album.js").header("Content-Type"))
                .startsWith("text/javascript");
        assertThat(client.get(fleet.url(1) + "/album.css").header("Content-Type"))
                .startsWith("text/css");
        assertThat(client.get(fleet.url(1) + "/index.html").status()).isEqualTo(404);
    }

    @Test
    void host_stoppedAndStarted() throws Exception {
        List<String> receipts = upload(3);
        JsonNode state = client.post(fleet.url(1) + "/fleet/hosts/2/stop", "").json();
        assertThat(Client.each(state, "running")).isEmpty();
        assertThat(state.path("hosts").findValuesAsText("running")).containsExactly("true", "false", "true");
        assertThat(state.path("hosts").path(1).path("uploads").asInt()).isPositive();
        assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> client.get(fleet.url(2) + "/fleet"));

        Response refused = client.submit(fleet.url(3), receipts, "");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.json().path("errors")).hasSize(1);
        assertThat(refused.json().path("errors").path(0).path("index").asInt()).isEqualTo(1);
        assertThat(refused.json().path("errors").path(0).path("title").asText()).isNotEmpty();

        assertThat(client.post(fleet.url(1) + "/fleet/hosts/2/start", "").status())
                .isEqualTo(200);
        assertAlbum(client.submit(fleet.url(3), receipts, ""), 1, 2, 3);
    }

    @Test
    void host_stopsItself() throws Exception {
        assertThat(client.post(fleet.url(3) + "/fleet/hosts/3/stop", "").status())
                .isEqualTo(200);
        for (int i = 0; i < 100 && fleet.fleet().isRunning(3); i++) {
            Thread.sleep(50);
        }
        assertThat(fleet.fleet().isRunning(3)).isFalse();
        assertThat(client.post(fleet.url(1) + "/fleet/hosts/3/start", "").status())
                .isEqualTo(200);
    }

    @Test
    void host_lastStays() throws Exception {
        fleet.fleet().stop(2);
        fleet.fleet().stop(3);
        assertThat(client.post(fleet.url(1) + "/fleet/hosts/1/stop", "").status())
                .isEqualTo(409);
        fleet.fleet().start(2);
        fleet.fleet().start(3);
    }

    @Test
    void fleet_commandsOfOthers() throws Exception {
        Response foreign = client.post(fleet.url(1) + "/fleet/keys/rotate", "", "Origin", "https://evil.example");
        assertThat(foreign.status()).isEqualTo(403);
        assertThat(foreign.header("Access-Control-Allow-Origin")).isEmpty();
        assertThat(client.post(fleet.url(1) + "/fleet/keys/rotate", "", "Origin", "null")
                        .status())
                .isEqualTo(403);
        assertThat(client.post(fleet.url(1) + "/fleet/hosts/9/stop", "").status())
                .isEqualTo(404);
        assertThat(client.post(fleet.url(1) + "/fleet/hosts", "").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/%66leet", "/flee%74", "/./fleet", "/x/../fleet", "/;a=b/fleet", "/fleet;a=b"})
    void fleet_commandsOfOthersSpeltOtherwise(String prefix) throws Exception {
        Response foreign = client.post(fleet.url(1) + prefix + "/hosts/9/stop", "", "Origin", "https://evil.example");
        assertThat(foreign.status()).isIn(400, 403);
        Response ours = client.post(fleet.url(1) + "/%66leet/hosts/9/stop", "", "Origin", fleet.url(2));
        assertThat(ours.status()).isEqualTo(404);
    }

    @Test
    void fleet_pagesOfEachOther() throws Exception {
        Response response = client.get(fleet.url(1) + "/fleet", "Origin", fleet.url(2));
        assertThat(response.header("Access-Control-Allow-Origin")).isEqualTo(fleet.url(2));
        assertThat(response.json().path("self").asText()).isEqualTo(fleet.url(1));
        Response preflight = client.send(
                "OPTIONS",
                fleet.url(1) + "/album",
                null,
                "Origin",
                fleet.url(2),
                "Access-Control-Request-Method",
                "POST",
                "Access-Control-Request-Headers",
                "content-type");
        assertThat(preflight.status()).isEqualTo(204);
        assertThat(preflight.header("Access-Control-Allow-Headers")).containsIgnoringCase("content-type");
        Response foreign = client.get(fleet.url(1) + "/fleet", "Origin", "https://evil.example");
        assertThat(foreign.header("Access-Control-Allow-Origin")).isEmpty();
    }

    @Test
    void keys_rotatedWhileReceiptsAreOut() throws Exception {
        List<String> receipts = upload(3);
        JsonNode before = client.get(fleet.url(1) + "/fleet").json();
        JsonNode after = client.post(fleet.url(1) + "/fleet/keys/rotate", "").json();
        assertThat(after.path("keys")).hasSize(before.path("keys").size() + 3);
        String old = signing(before);
        assertThat(signing(after)).isEqualTo(old);
        for (int i = 0;
                i < 100 && signing(client.get(fleet.url(2) + "/fleet").json()).equals(old);
                i++) {
            Thread.sleep(100);
        }
        String fresh = client.upload(fleet.url(3), "f4", "text/plain", content(4));
        assertThat(keyOf(fresh)).isNotEqualTo(keyOf(receipts.get(0)));
        receipts.add(fresh);
        assertAlbum(client.submit(fleet.url(2), receipts, ""), 1, 2, 3, 4);
    }

    private static String signing(JsonNode fleet) {
        for (JsonNode key : fleet.path("keys")) {
            if (key.path("signing").asBoolean()) {
                return key.path("kid").asText();
            }
        }
        return "none";
    }

    private static String headerOf(String token) {
        byte[] header = Base64.getUrlDecoder().decode(token.substring(0, token.indexOf('.')));
        return new String(header, StandardCharsets.UTF_8);
    }

    private static String keyOf(String token) throws IOException {
        return Client.JSON.readTree(headerOf(token)).path("kid").asText();
    }

    @Test
    void receipts_afterRestartOfEverything() throws Exception {
        try (TestFleet own = TestFleet.start("--encrypt")) {
            String receipt = own.client.upload(own.url(1), "f1.png", "image/png", content(1));
            assertThat(headerOf(receipt)).contains("A256KW");
            own.restart();
            Response album = own.client.submit(own.url(2), List.of(receipt), "");
            assertAlbum(album, 1);
            own.restart();
            assertThat(own.client
                            .get(own.url(3) + album.json().path("album").asText())
                            .status())
                    .isEqualTo(200);
        }
    }

    /** What the front servers and peers see, and what lies on the disks, is sealed. The album shows the pictures. */
    @Test
    void sealed_albumOfAllHosts_nothingPlainOnTheDisks() throws Exception {
        try (TestFleet own = TestFleet.start("--sealed")) {
            SealedFleet.assertAlbum(own);
        }
    }

    @Test
    void upload_tooLarge() throws Exception {
        try (TestFleet own = TestFleet.start("--max-file-size", "10000")) {
            assertThat(own.client
                            .get(own.url(1) + "/fleet")
                            .json()
                            .path("maxFileSize")
                            .asLong())
                    .isEqualTo(10_000);
            Response response =
                    own.client.send("POST", own.url(1) + "/uploads", content(2), "Content-Type", "image/png");
            assertProblem(response, ProblemType.FILE_TOO_LARGE);
        }
    }
}
