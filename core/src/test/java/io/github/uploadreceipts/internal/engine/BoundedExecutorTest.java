package io.github.uploadreceipts.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class BoundedExecutorTest {

    private final List<Runnable> begun = new ArrayList<>();
    private final List<String> done = new ArrayList<>();
    private final BoundedExecutor executor = new BoundedExecutor(2, begun::add);

    @Test
    void tasks_more_wait() {
        List.of("a", "b", "c", "d").forEach(this::execute);
        assertThat(begun).hasSize(2);

        begun.get(0).run();
        assertThat(done).containsExactly("a", "c", "d");
        execute("e");
        assertThat(begun).hasSize(3);
        begun.get(1).run();
        begun.get(2).run();
        assertThat(done).containsExactly("a", "c", "d", "b", "e");
    }

    @Test
    void task_fails_theNextRuns() {
        executor.execute(() -> {
            throw new AssertionError("wanted");
        });
        execute("b");
        execute("c");
        begun.get(0).run();
        assertThat(done).containsExactly("c");
    }

    @Test
    void task_rejected_takesNoThread() {
        List<Boolean> full = new ArrayList<>(List.of(true));
        BoundedExecutor one = new BoundedExecutor(1, task -> {
            if (full.get(0)) {
                throw new RejectedExecutionException();
            }
            task.run();
        });
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> one.execute(() -> {}));
        full.set(0, false);
        one.execute(() -> done.add("a"));
        assertThat(done).containsExactly("a");
    }

    @Test
    void task_machineHasNoThread_takesNoPlace() {
        List<Boolean> full = new ArrayList<>(List.of(true));
        BoundedExecutor one = new BoundedExecutor(1, task -> {
            if (full.get(0)) {
                throw new OutOfMemoryError("wanted");
            }
            task.run();
        });
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> one.execute(() -> {}));
        full.set(0, false);
        one.execute(() -> done.add("a"));
        assertThat(done).containsExactly("a");
    }

    private void execute(String name) {
        executor.execute(() -> done.add(name));
    }
}
