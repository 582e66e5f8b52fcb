package io.github.uploadreceipts.internal.handover;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LaneTest {

    private final List<String> begun = new ArrayList<>();
    private final List<String> failed = new ArrayList<>();
    private final Map<String, CompletableFuture<Boolean>> ends = new HashMap<>();
    private boolean broken;
    private final Lane lane = new Lane(4, 2, task -> {
        if (broken) {
            throw new OutOfMemoryError("wanted: no thread is left");
        }
        task.run();
    });

    /** Adds work of a name such as a1, for the receiver a. */
    private void add(String name) {
        lane.add(new Lane.Work() {
            @Override
            public String receiver() {
                return name.substring(0, 1);
            }

            @Override
            public CompletableFuture<?> begin() {
                begun.add(name);
                return ends.computeIfAbsent(name, key -> new CompletableFuture<>());
            }

            @Override
            public void failed(Throwable failure) {
                failed.add(name);
            }
        });
    }

    private void end(String name) {
        ends.get(name).complete(true);
    }

    @Test
    void slowReceiver_doesNotHoldUpOthers() {
        List.of("a1", "a2", "a3", "a4", "b1", "b2", "b3").forEach(this::add);
        assertThat(begun).containsExactly("a1", "a2", "b1", "b2");
        end("b1");
        end("b2");
        add("c1");
        assertThat(begun).containsExactly("a1", "a2", "b1", "b2", "b3", "c1");
        end("a1");
        assertThat(begun).endsWith("c1", "a3");
        end("a2");
        end("a3");
        assertThat(begun).endsWith("a3", "a4").hasSize(8);
    }

    @Test
    void work_failsOrCannotBegin_takesNoPlace() {
        broken = true;
        List.of("a1", "a2", "a3", "b1", "b2", "b3").forEach(this::add);
        assertThat(failed).containsExactly("a1", "a2", "a3", "b1", "b2", "b3");
        broken = false;
        List.of("a4", "a5", "a6", "a7", "b4").forEach(this::add);
        assertThat(begun).containsExactly("a4", "a5", "b4");
        ends.get("a4").completeExceptionally(new IllegalStateException("wanted"));
        assertThat(failed).endsWith("a4");
        broken = true;
        end("a5");
        assertThat(failed).endsWith("a4", "a7");
        broken = false;
        end("a6");
        List.of("a8", "a9").forEach(this::add);
        assertThat(begun).containsExactly("a4", "a5", "b4", "a6", "a8", "a9");
    }
}
