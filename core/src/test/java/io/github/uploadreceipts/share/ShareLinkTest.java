package io.github.uploadreceipts.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.share.LinkTerms;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.github.uploadreceipts.testing.SettableClock;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ShareLinkTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final Instant EXPIRY = NOW.plus(Duration.ofDays(1));

    private static UploadReceipt receipt() {
        UploadId id = UploadId.parse("AAECAwQFBgcICQoLDA0ODw");
        return new UploadReceipt(
                id,
                "a.png",
                "image/png",
                5,
                ContentDigest.of(new byte[32]),
                List.of(new Location(URI.create("http://192.0.2.7:8080"), ExpiryHour.of(EXPIRY), id)),
                Optional.of("ann"),
                NOW,
                EXPIRY,
                Optional.of(new Batch("b1", 2, 1)),
                Optional.of("{\"order\":7}"));
    }

    private static ShareLink.Builder link() {
        return ShareLink.of(receipt());
    }

    @Test
    void terms_asTheReceiptSays_withoutWhatIsNobodyElsesBusiness() {
        LinkTerms terms = link().build().terms(NOW);
        assertThat(terms.upload().expiresAt()).isEqualTo(EXPIRY);
        assertThat(terms.upload().locations()).isEqualTo(receipt().locations());
        assertThat(terms.upload().subject()).isEmpty();
        assertThat(terms.upload().batch()).isEmpty();
        assertThat(terms.upload().context()).isEmpty();
        assertThat(terms.inline() || terms.cacheable()).isFalse();
        assertThat(terms.password()).isEmpty();
        assertThat(terms.downloads()).isZero();
        assertThat(link().build().isShort()).isFalse();
        assertThat(link().downloads(1).build().isShort()).isTrue();
        assertThat(link().shortened().build().isShort()).isTrue();
    }

    @Test
    void expiresIn_fromWhenTheUrlIsMade_neverBeyondTheUpload() {
        ShareLink link = link().expiresIn(Duration.ofHours(20)).build();
        assertThat(link.terms(NOW).upload().expiresAt()).isEqualTo(NOW.plus(Duration.ofHours(20)));
        assertThat(link.terms(NOW.plus(Duration.ofHours(10))).upload().expiresAt())
                .isEqualTo(EXPIRY);
        ShareLink forEver = link().expiresIn(ChronoUnit.FOREVER.getDuration()).build();
        assertThat(forEver.terms(NOW).upload().expiresAt()).isEqualTo(EXPIRY);
        assertThatIllegalArgumentException().isThrownBy(() -> link.terms(EXPIRY));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> link().expiresIn(Duration.ofMillis(999)))
                .withMessage("expiresIn is PT0.999S, but must be at least 1 second");
    }

    @Test
    void build_contradictions() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> link().downloads(1).cacheable().build())
                .withMessage("a cache would serve downloads that nobody counts");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> link().downloads(0))
                .withMessage("downloads is 0, but must be 1 to 65535");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> link().downloads(65_536).build());
        assertThatIllegalArgumentException().isThrownBy(() -> link().note("").build());
        assertThatIllegalArgumentException().isThrownBy(() -> link().subject("").build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> link().subject("ü".repeat(128)).build())
                .withMessage("the subject has 256 bytes, but must have 1 to 255");
        assertThat(link().subject("x".repeat(255)).build().terms(NOW).upload().subject())
                .isPresent();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> link().password("x".repeat(1025)))
                .withMessage("a password has 1025 characters, but must have at most 1024");
    }

    @Test
    void toString_showsTheUploadOnly() {
        assertThat(link().note("From Ann.").build()).hasToString("ShareLink[AAECAwQFBgcICQoLDA0ODw]");
    }

    @Test
    void url_baseWithOrWithoutSlash() throws Exception {
        SettableClock clock = new SettableClock(NOW);
        try (UploadHost host = UploadHost.builder(TestRings.photos(), InMemoryUploadStore.create())
                .internalUrl("http://192.0.2.8:8080")
                .clock(clock)
                .build()) {
            for (String base : List.of("https://files.example.org/s", "https://files.example.org/s/")) {
                String url = ShareLinks.of(host, base).url(link().build());
                assertThat(url).matches("https://files\\.example\\.org/s/[0-9A-Za-z_-]{100,400}");
                String token = url.substring(url.lastIndexOf('/') + 1);
                assertThat(HostAccess.links(host)
                                .tokens()
                                .verify(token)
                                .upload()
                                .name())
                        .isEqualTo("a.png");
            }
            ShareLinks links = ShareLinks.of(host, "https://files.example.org/s/");
            assertThatIllegalStateException()
                    .isThrownBy(() -> links.url(link().shortened().build()))
                    .withMessageContaining("Set peers");
            clock.now = EXPIRY;
            assertThatIllegalArgumentException().isThrownBy(() -> links.url(link().build()));
        } catch (IOException e) {
            throw new AssertionError("a self-contained link needs no host", e);
        }
    }
}
