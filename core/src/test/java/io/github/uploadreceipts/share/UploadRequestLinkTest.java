package io.github.uploadreceipts.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uploadreceipts.internal.share.UploadRequestTerms;
import io.github.uploadreceipts.internal.share.UploadRequestTerms.SenderName;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class UploadRequestLinkTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00.5Z");

    private static UploadRequestLink.Builder link() {
        return UploadRequestLink.to("ann");
    }

    private static void assertWrong(ThrowingCallable code, String message) {
        assertThatIllegalArgumentException().isThrownBy(code).withMessageStartingWith(message);
    }

    @Test
    void terms_defaults() {
        UploadRequestTerms terms = link().build().terms(NOW);
        assertThat(terms.receiver()).isEqualTo("ann");
        assertThat(terms.title()).isEqualTo("Send files");
        assertThat(terms.words().isEmpty() && terms.askedBy().isEmpty()).isTrue();
        assertThat(terms.expiresAt()).isEqualTo("2026-11-28T09:00:00Z");
        assertThat(terms.keep()).isEqualTo(Duration.ofDays(7));
        assertThat(terms.files()).isEqualTo(20);
        assertThat(terms.fileSize()).isEmpty();
        assertThat(terms.types()).isEmpty();
        assertThat(terms.password()).isEmpty();
        assertThat(terms.name()).isEqualTo(SenderName.OPTIONAL);
        assertThat(terms.sealed()).isFalse();
        assertThat(terms.id()).isNotEqualTo(link().build().terms(NOW).id());
    }

    @Test
    void terms_asSet() {
        UploadRequestTerms terms = link().id("r1")
                .title("Photos")
                .words("Please.")
                .askedBy("Ann")
                .expiresIn(Duration.ofDays(365))
                .keptFor(Duration.ofDays(365).minusMillis(1))
                .files(1_000)
                .fileSize(0)
                .types("image/*")
                .password("x")
                .nameRequired()
                .sealed()
                .build()
                .terms(NOW);
        assertThat(terms.words()).contains("Please.");
        assertThat(terms.keep()).isEqualTo(Duration.ofDays(365).minusSeconds(1));
        assertThat(terms.fileSize()).contains(0L);
        assertThat(terms.password().orElseThrow().matches("x")).isTrue();
        assertThat(terms.name()).isEqualTo(SenderName.REQUIRED);
        assertThat(link().nameNotAsked().build().terms(NOW).name()).isEqualTo(SenderName.NOT_ASKED);
        assertThat(link().id("r1").title("secret").build()).hasToString("UploadRequestLink[r1]");
        assertThat(terms).hasToString("UploadRequestTerms[r1]");
    }

    @Test
    void build_outOfBounds() {
        assertWrong(() -> UploadRequestLink.to("").build(), "the receiver has 0 bytes, but must have 1 to 255");
        assertWrong(() -> UploadRequestLink.to("\uD83D").build(), "the receiver is not Unicode text");
        assertWrong(() -> link().id("a b").build(), "a ticket's id");
        assertWrong(() -> link().title(" ").build(), "the title has 1 bytes");
        assertWrong(() -> link().title("é".repeat(76)).build(), "the title has 152 bytes, but must have 1 to 150");
        assertWrong(() -> link().words("w".repeat(501)).build(), "the text has 501 bytes");
        assertWrong(() -> link().askedBy("a".repeat(101)).build(), "who asks has 101 bytes");
        assertWrong(() -> link().expiresIn(Duration.ofMillis(999)), "expiresIn is PT0.999S");
        assertWrong(() -> link().expiresIn(Duration.ofDays(366)), "expiresIn is PT8784H");
        assertWrong(() -> link().keptFor(Duration.ZERO).build(), "keptFor is PT0S");
        assertWrong(() -> link().keptFor(Duration.ofDays(366)).build(), "keptFor is PT8784H");
        assertWrong(() -> link().files(0).build(), "files is 0, but must be 1 to 1000");
        assertWrong(() -> link().files(1_001).build(), "files is 1001");
        assertWrong(() -> link().fileSize(-1).build(), "the size is -1");
        assertWrong(() -> link().types("pictures").build(), "'pictures' is not a media type");
        assertWrong(
                () -> link().types(Collections.nCopies(17, "a/b").toArray(String[]::new))
                        .build(),
                "there are 17 types");
        assertWrong(() -> link().types("image/" + "x".repeat(249)).build(), "the list of types has 256 bytes");
    }
}
