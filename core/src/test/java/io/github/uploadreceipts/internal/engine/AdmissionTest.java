package io.github.uploadreceipts.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.internal.token.AcceptedTicket;
import io.github.uploadreceipts.internal.token.TicketTokens;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.FileSize;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.Batch;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An admission combines a permit and the ticket that the client showed. Of each limit, the narrower one holds. */
class AdmissionTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final UploadLimits LIMITS =
            UploadLimits.builder().maxFileSize(1000).maxFiles(5).build();

    private static UploadTicket.Builder ticket() {
        return UploadTicket.builder(Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private static AcceptedTicket shown(UploadTicket.Builder ticket) throws Exception {
        TicketTokens tokens = new TicketTokens(TestRings.photos());
        return tokens.verify(tokens.issue(ticket.build()), NOW);
    }

    private static Problem refusal(ThrowingCallable call) {
        UploadRefusedException refusal = catchThrowableOfType(UploadRefusedException.class, call);
        assertThat(refusal).isNotNull();
        return refusal.problem();
    }

    @Test
    void of_aPermitAlone_admitsWhatItSays() {
        UploadPermit permit = UploadPermit.of("ann", LIMITS);
        Admission admission = Admission.of(permit);
        assertThat(admission.subject()).contains("ann");
        assertThat(admission.limits()).isSameAs(LIMITS);
        assertThat(admission.maxFileSize()).isEqualTo(1000);
        assertThat(admission.terms()).isEmpty();
        assertThat(admission.awaitsTicket()).isFalse();
        assertThat(Admission.of(permit.requiringTicket()).awaitsTicket()).isTrue();
    }

    @Test
    void with_aTicket_itsSubjectBatchAndContext() throws Exception {
        Admission admission = Admission.of(UploadPermit.byTicket(LIMITS))
                .with(
                        shown(ticket().subject("ann")
                                .files(3)
                                .batch(new Batch("b", 9, 4))
                                .context("{\"album\":7}")),
                        1);
        assertThat(admission.awaitsTicket()).isFalse();
        assertThat(admission.subject()).contains("ann");
        assertThat(admission.permit().batch()).contains(new Batch("b", 9, 5));
        assertThat(admission.permit().context()).contains("{\"album\":7}");
        assertThat(admission.slot()).isEqualTo(1);
        assertThat(admission.terms().orElseThrow().files()).isEqualTo(3);
    }

    @Test
    void with_aTicketThatSaysLess_thePermitsOwn() throws Exception {
        UploadPermit permit = UploadPermit.of("ann", LIMITS)
                .batch(new Batch("b", 9, 4))
                .context("{\"album\":7}")
                .requiringTicket();
        Admission admission = Admission.of(permit).with(shown(ticket().files(3)), 1);
        assertThat(admission.subject()).contains("ann");
        assertThat(admission.permit().batch()).contains(new Batch("b", 9, 4));
        assertThat(admission.permit().context()).contains("{\"album\":7}");
    }

    @Test
    void with_aTicket_filesAndSizesOfTheNarrower() throws Exception {
        Admission permitted = Admission.of(UploadPermit.byTicket(LIMITS));
        assertThat(permitted.with(shown(ticket().files(10)), 0).limits().maxFiles())
                .isEqualTo(5);
        assertThat(permitted.with(shown(ticket().files(10)), 7).limits().maxFiles())
                .isEqualTo(3);
        assertThat(permitted
                        .with(shown(ticket().size(FileSize.atMost(1001))), 0)
                        .maxFileSize())
                .isEqualTo(1000);
        assertThat(permitted
                        .with(shown(ticket().size(FileSize.exactly(999))), 0)
                        .maxFileSize())
                .isEqualTo(999);
        assertThat(permitted.with(shown(ticket()), 0).maxFileSize()).isEqualTo(1000);
    }

    @Test
    void limits_replaced_ticketAndSlotStay() throws Exception {
        AcceptedTicket shown = shown(ticket().files(3));
        Admission admission =
                Admission.of(UploadPermit.byTicket(LIMITS)).with(shown, 2).limits(UploadLimits.defaults());
        assertThat(admission.limits()).isEqualTo(UploadLimits.defaults());
        assertThat(admission.ticket()).containsSame(shown);
        assertThat(admission.slot()).isEqualTo(2);
    }

    @Test
    void with_anotherUsersTicket_refused() throws Exception {
        AcceptedTicket bobs = shown(ticket().subject("bob"));
        Admission anns = Admission.of(UploadPermit.of("ann", LIMITS).requiringTicket());
        assertThat(refusal(() -> anns.with(bobs, 0)).type()).isEqualTo(ProblemType.TICKET_INVALID);
        assertThat(Admission.of(UploadPermit.byTicket(LIMITS)).with(bobs, 0).subject())
                .contains("bob");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 3, Integer.MAX_VALUE})
    void with_aSlotThatTheTicketDoesNotHave_refused(int slot) throws Exception {
        AcceptedTicket shown = shown(ticket().files(3));
        Problem problem =
                refusal(() -> Admission.of(UploadPermit.byTicket(LIMITS)).with(shown, slot));
        assertThat(problem.type()).isEqualTo(ProblemType.TOO_MANY_FILES);
        assertThat(problem.limit()).isEqualTo(OptionalLong.of(3));
        assertThat(problem.actual()).isEqualTo(OptionalLong.of(slot + 1L));
    }
}
