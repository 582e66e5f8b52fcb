package io.github.uploadreceipts.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class CirclesTest {

    private static Map<String, Set<String>> graph(String... edges) {
        Map<String, Set<String>> graph = new TreeMap<>();
        for (String edge : edges) {
            String[] nodes = edge.split("->", -1);
            graph.merge(nodes[0], Set.of(nodes[1]), (known, more) -> {
                Set<String> all = new TreeSet<>(known);
                all.addAll(more);
                return all;
            });
            graph.putIfAbsent(nodes[1], Set.of());
        }
        return graph;
    }

    @Test
    void of_noCircle() {
        assertThat(Circles.of(graph("a->b", "b->c", "a->c", "d->c", "a->a"))).isEmpty();
    }

    @Test
    void of_twoCircles_eachOnItsOwn() {
        assertThat(Circles.of(graph("a->b", "b->c", "c->a", "c->d", "d->e", "e->d", "f->a", "e->g")))
                .containsExactlyInAnyOrder(Set.of("a", "b", "c"), Set.of("d", "e"));
    }

    @Test
    void of_circlesThatShareANode_areOne() {
        assertThat(Circles.of(graph("a->b", "b->a", "b->c", "c->d", "d->b")))
                .containsExactly(Set.of("a", "b", "c", "d"));
    }

    @Test
    void of_classes() {
        assertThat(Circles.of(new ClassFileImporter().importClasses(UploadHost.class, HostAccess.class)))
                .containsExactly(Set.of(UploadHost.class.getName(), HostAccess.class.getName()));
    }

    /** A class and its nested classes count as one class, so dependencies between them form no circle. */
    @Test
    void of_nestedClasses() {
        assertThat(Circles.of(new ClassFileImporter().importClasses(UploadHost.class, UploadHost.Builder.class)))
                .isEmpty();
    }
}
