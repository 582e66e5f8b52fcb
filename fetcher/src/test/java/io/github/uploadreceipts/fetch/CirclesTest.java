package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class CirclesTest {

    @Test
    void in_classesThatUseEachOther_areACircle() {
        assertThat(Circles.in(new ClassFileImporter()
                        .importClasses(Object.class, String.class, CharSequence.class, Runnable.class)))
                .containsExactly(Set.of("java.lang.CharSequence", "java.lang.Object", "java.lang.String"));
    }

    @Test
    void in_classesThatDoNot_areNone() {
        assertThat(Circles.in(new ClassFileImporter().importClasses(Runnable.class, Thread.class)))
                .isEmpty();
    }
}
