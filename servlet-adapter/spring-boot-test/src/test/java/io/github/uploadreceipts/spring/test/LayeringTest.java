package io.github.uploadreceipts.spring.test;

import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The rules about types and class sizes in the test starter. */
@AnalyzeClasses(packages = "io.github.uploadreceipts.spring.test", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {

    private static final int MOST_LINES = 450;

    @ArchTest
    static void publicTypes_areThese(JavaClasses classes) {
        assertThat(classes.stream()
                        .filter(type ->
                                type.isTopLevelClass() && type.getModifiers().contains(PUBLIC))
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder("TestReceipts", "TestUploads");
    }

    @ArchTest
    static void classes_areSmall(JavaClasses classes) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            assertThat(files.filter(file -> file.toString().endsWith(".java")))
                    .allSatisfy(file -> assertThat(Files.readAllLines(file)).hasSizeLessThanOrEqualTo(MOST_LINES));
        }
    }
}
