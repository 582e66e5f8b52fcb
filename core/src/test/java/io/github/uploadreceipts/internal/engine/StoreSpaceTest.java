package io.github.uploadreceipts.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.internal.engine.StoreSpace.Reservation;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.UploadId;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StoreSpaceTest {

    private static final long FLOOR = 100;

    private long free = 110;
    private long now;
    private final StoreSpace space = new StoreSpace(() -> free, () -> now);

    private boolean isReserved(Reservation reservation, long bytes) {
        try {
            reservation.reserve(bytes, FLOOR);
            return true;
        } catch (UploadRefusedException e) {
            assertThat(e.problem().type()).isEqualTo(ProblemType.NO_SPACE);
            return false;
        }
    }

    private boolean isReserved(long bytes) {
        return isReserved(space.of(UploadId.random()), bytes);
    }

    @Test
    void reserve_bytesOfOthersCount_whetherWrittenOrNot() throws Exception {
        Reservation first = space.of(UploadId.random());
        assertThat(isReserved(first, 6)).isTrue();
        assertThat(isReserved(5)).isFalse();
        first.written(2);
        free -= 2;
        assertThat(isReserved(5)).isFalse();
        assertThat(isReserved(4)).isTrue();
        assertThat(isReserved(1)).isFalse();
    }

    @Test
    void reserve_atOnce_neverBelowTheFloor() {
        free = FLOOR + 150;
        long accepted =
                IntStream.range(0, 70).parallel().filter(i -> isReserved(4)).count();
        assertThat(accepted).isEqualTo(37);
    }

    @Test
    void reserve_refused_asBefore() {
        Reservation reservation = space.of(UploadId.random());
        assertThat(isReserved(reservation, 6)).isTrue();
        assertThat(isReserved(reservation, 11)).isFalse();
        assertThat(reservation.left()).isEqualTo(6);
        assertThat(isReserved(reservation, 10)).isTrue();
        assertThat(isReserved(reservation, 3)).isTrue();
        assertThat(isReserved(7)).isTrue();
    }

    @Test
    void release_whatIsLeftGoesBack_once() {
        Reservation reservation = space.of(UploadId.random());
        assertThat(isReserved(reservation, 10)).isTrue();
        reservation.written(4);
        free -= 4;
        reservation.release();
        reservation.release();
        assertThat(isReserved(6)).isTrue();
        assertThat(isReserved(1)).isFalse();
    }

    @Test
    void rest_theNextRequestTakesOver_orTheSpaceGoesBackAfterAWhile() throws Exception {
        UploadId id = UploadId.random();
        Reservation first = space.of(id);
        assertThat(isReserved(first, 8)).isTrue();
        first.rest();
        now += Duration.ofSeconds(30).toNanos();
        assertThat(isReserved(3)).isFalse();

        Reservation next = space.of(id);
        assertThat(next.left()).isEqualTo(8);
        now += Duration.ofSeconds(31).toNanos();
        assertThat(isReserved(3)).isFalse(); // it does not rest

        next.rest();
        now += Duration.ofSeconds(31).toNanos();
        assertThat(isReserved(10)).isTrue();
        assertThat(space.of(id).left()).isZero();
    }

    /** Two requests for one slot of a ticket: the one that is refused must not leave anything behind. */
    @Test
    void rest_twiceForOneUpload_countsOnce() {
        UploadId id = UploadId.random();
        Reservation first = space.of(id);
        Reservation second = space.of(id);
        assertThat(isReserved(first, 4)).isTrue();
        assertThat(isReserved(second, 4)).isTrue();
        first.rest();
        second.rest();
        assertThat(isReserved(6)).isTrue();
    }

    @Test
    void requireFree_othersUseTheDisk() throws Exception {
        assertThat(isReserved(10)).isTrue();
        space.requireFree(FLOOR);
        free = FLOOR - 1;
        assertThatExceptionOfType(UploadRefusedException.class).isThrownBy(() -> space.requireFree(FLOOR));
    }
}
