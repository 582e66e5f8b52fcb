package io.github.uploadreceipts.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.problem.UploadRefusedException;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {

    private final MemoryBudget budget = new MemoryBudget(10);

    @Test
    void hold_moreThanAllMay_isRefusedAndHoldsNothing() throws Exception {
        MemoryBudget.Share one = budget.share();
        MemoryBudget.Share other = budget.share();
        one.hold(7);
        other.hold(3);
        assertThatThrownBy(() -> other.hold(1))
                .isInstanceOfSatisfying(
                        UploadRefusedException.class,
                        e -> assertThat(e.problem().status()).isEqualTo(503));
        assertThat(budget.held()).isEqualTo(10);
        one.close();
        one.close();
        assertThat(budget.held()).isEqualTo(3);
        other.hold(7);
        other.giveBack(4);
        assertThat(budget.held()).isEqualTo(6);
        assertThatThrownBy(() -> other.hold(5))
                .as("alone it needs more than 10")
                .isInstanceOfSatisfying(UploadRefusedException.class, e -> {
                    assertThat(e.problem().status()).isEqualTo(413);
                    assertThat(e.problem().limit()).hasValue(10);
                });
        other.close();
        other.giveBack(4);
        assertThat(budget.held()).isZero();
    }
}
