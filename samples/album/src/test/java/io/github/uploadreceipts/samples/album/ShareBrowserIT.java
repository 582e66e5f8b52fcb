package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.store.Delivery;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Opens share links in a real browser, as a person does. */
class ShareBrowserIT {

    private static final String SCRIPT = "fetch('/ran'); window.ran = 1;";
    private static final String HTML = "<!DOCTYPE html><title>ran</title><script>" + SCRIPT + "</script><img src=/ran>";
    private static final String SVG = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><script>"
            + SCRIPT + "</script><image href=\"/ran\" width=\"9\" height=\"9\"/></svg>";

    @BeforeAll
    static void prepare() throws Exception {
        Chromium.prepare();
    }

    private static UploadReceipt upload(TestFleet fleet, String name, String type, String content) throws Exception {
        return fleet.open(fleet.client.upload(fleet.url(1), name, type, content.getBytes(StandardCharsets.UTF_8)));
    }

    /** Whoever uploads a file chooses its type. */
    @ParameterizedTest
    @EnumSource(Delivery.Method.class)
    void filesWithScript_runNothing(Delivery.Method method) throws Exception {
        try (TestFleet fleet = TestFleet.start("--delivery", ImpatientFront.option(method))) {
            List<String> links = new ArrayList<>();
            for (String type : List.of("text/html", "application/xhtml+xml", "text/xml")) {
                links.add(fleet.url(1)
                        + fleet.link(ShareLink.of(upload(fleet, "a.html", type, HTML))
                                .inline()
                                .build()));
            }
            links.add(fleet.url(1)
                    + fleet.link(ShareLink.of(upload(fleet, "a.svg", "image/svg+xml", SVG))
                            .inline()
                            .build()));
            links.add(fleet.url(1)
                    + fleet.link(ShareLink.of(upload(fleet, "a.js", "text/javascript", SCRIPT))
                            .inline()
                            .build()));
            links.add(fleet.url(1)
                    + fleet.link(ShareLink.of(upload(fleet, "a.png", "image/png", HTML))
                            .inline()
                            .build()));
            links.add(fleet.url(1)
                    + fleet.link(ShareLink.of(upload(fleet, "a.txt", "text/plain", HTML))
                            .inline()
                            .build()));
            JsonNode seen = Chromium.play("share.mjs", "harmless", fleet.url(1) + "/", links);
            assertThat(seen.path("ran")).as(seen.toPrettyString()).isEmpty();
            assertThat(seen.path("shown").toString()).contains("?download").doesNotContain("ran");
        }
    }

    @Test
    void password_byKeyboard_thenDownload() throws Exception {
        try (TestFleet fleet = TestFleet.start("--sealed")) {
            UploadReceipt receipt = upload(fleet, "Ünïcode \u202Etxt.exe", "text/html", "the content ä");
            String path = fleet.link(ShareLink.of(receipt).password("right ä").build());
            JsonNode seen = Chromium.play("share.mjs", "password", fleet.url(2) + path, List.of());
            assertThat(seen.path("asked").asText()).isEqualTo("This file needs a password");
            assertThat(seen.path("wrong").asText()).isEqualTo("That password is not right.");
            assertThat(seen.path("opened").asText()).isEqualTo(receipt.name());
            assertThat(seen.path("query").asText()).isEmpty();
            assertThat(seen.path("content").asText()).isEqualTo("the content ä");
            assertThat(seen.path("name").asText()).startsWith("Ünïcode");
        }
    }

    @Test
    void pages_look() throws Exception {
        try (TestFleet fleet = TestFleet.start()) {
            Path picture = Pictures.draw(fleet.directory.resolve("drawn")).get(0);
            UploadReceipt image =
                    fleet.open(fleet.client.upload(fleet.url(1), "dawn.png", "image/png", Files.readAllBytes(picture)));
            UploadReceipt gone = upload(fleet, "gone.txt", "text/plain", "x");
            String path = fleet.link(ShareLink.of(gone).build());
            Files.delete(fleet.stored(1).stream()
                    .filter(file -> file.endsWith(gone.id().toString()))
                    .findFirst()
                    .orElseThrow());
            UploadReceipt pdf = upload(
                    fleet, "Minutes of the annual general meeting.pdf", "application/pdf", "x".repeat(2_431_234));
            UploadReceipt odd = upload(fleet, "x".repeat(120) + "<b>&\u202Egpj.exe", "a/b", "x");
            UploadReceipt text = upload(fleet, "читать.txt", "text/plain", "x".repeat(4_321));
            List<String> pages = new ArrayList<>();
            pages.add("file=" + fleet.url(1)
                    + fleet.link(
                            ShareLink.of(pdf).expiresIn(Duration.ofHours(5)).build()));
            pages.add("note=" + fleet.url(1)
                    + fleet.link(ShareLink.of(pdf)
                            .note(
                                    "Here are the minutes, as promised.\nPlease tell me by Friday if anything is missing. – Ann")
                            .build()));
            pages.add("image=" + fleet.url(1)
                    + fleet.link(ShareLink.of(image).inline().build()));
            pages.add("text=" + fleet.url(1)
                    + fleet.link(ShareLink.of(text)
                            .inline()
                            .expiresIn(Duration.ofMinutes(12))
                            .build()));
            pages.add("odd=" + fleet.url(1)
                    + fleet.link(ShareLink.of(odd)
                            .note("<script>alert(1)</script>\u202E dlrow")
                            .build()));
            pages.add("password=" + fleet.url(1)
                    + fleet.link(ShareLink.of(pdf).password("p").build()));
            pages.add("gone=" + fleet.url(1) + path);
            pages.add("missing=" + fleet.url(1) + "/s/none");
            JsonNode seen = Chromium.play("share.mjs", "looks", fleet.url(1), pages);
            assertThat(seen.path("odd").path("text").asText()).contains("<script>alert(1)</script>");
            assertThat(seen.path("image").path("text").asText()).contains("dawn.png", "Download");
            assertThat(seen.path("text").path("text").asText().toLowerCase(Locale.ROOT))
                    .contains("expires in 12 minutes", "4.3 kb");
            assertThat(seen.path("gone").path("title").asText()).isEqualTo("This link no longer works");
            assertThat(seen.path("missing").path("title").asText()).isEqualTo("This link does not work");
            seen.path("complaints")
                    .forEach(complaint -> assertThat(complaint.asText()).contains("status of 4"));
        }
    }
}
