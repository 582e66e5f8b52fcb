package io.github.uploadreceipts.permit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

/** A permit refuses a subject or context that no receipt could hold, so that no upload begins with it. */
class UploadPermitTest {

    private static final UploadLimits LIMITS = UploadLimits.defaults();

    @Test
    void permit_ofSomebodyAndOfAnyone() {
        assertThat(UploadPermit.of("ann", LIMITS).subject()).contains("ann");
        assertThat(UploadPermit.anyone(LIMITS).subject()).isEmpty();
        assertThat(UploadPermit.anyone(LIMITS).limits()).isSameAs(LIMITS);
    }

    @Test
    void permit_subjectOrContextThatNoReceiptHolds() {
        assertThatIllegalArgumentException().isThrownBy(() -> UploadPermit.of("", LIMITS));
        assertThatIllegalArgumentException().isThrownBy(() -> UploadPermit.of("s".repeat(257), LIMITS));
        UploadPermit good = UploadPermit.of("s".repeat(256), LIMITS);
        assertThatIllegalArgumentException().isThrownBy(() -> good.context("x".repeat(1025)));
        assertThatIllegalArgumentException().isThrownBy(() -> good.context(""));
    }
}
