package io.github.uploadreceipts.testing;

import static com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The rules about types and class sizes in the test kit. */
@AnalyzeClasses(packages = "io.github.uploadreceipts.testing", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {

    private static final int MOST_LINES = 450;

    @ArchTest
    static void publicTypes_areThese(JavaClasses classes) {
        List<JavaClass> types = classes.stream()
                .filter(type -> type.isTopLevelClass() && type.getModifiers().contains(PUBLIC))
                .toList();
        assertThat(types.stream().map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder(
                        "InMemoryUploadStore", "Receipts", "TestFleet", "TestFleetExtension", "UploadStoreContract");
        assertThat(types)
                .allMatch(type -> type.getModifiers().contains(FINAL)
                        || type.getModifiers().contains(ABSTRACT));
    }

    /** A test that should need no socket must not be able to open one. */
    @ArchTest
    static final ArchRule kit_opensNoSocket = noClasses()
            .should()
            .dependOnClassesThat()
            .haveNameMatching(
                    "java\\.net\\.(Server|Datagram)?Socket|java\\.nio\\.channels\\..*|java\\.net\\.http\\..*");

    /** The tests of core compile these two, and have nothing else of the kit. */
    @ArchTest
    static final ArchRule storeAndContract_needCoreAndJUnitOnly = noClasses()
            .that()
            .haveNameMatching(".*\\.(InMemoryUploadStore|UploadStoreContract)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.github.uploadreceipts.fetch..",
                    "io.github.uploadreceipts.servlet..",
                    "jakarta..",
                    "org.apache..");

    @ArchTest
    static void classes_areSmall(JavaClasses classes) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src"))) {
            assertThat(files.filter(file -> file.toString().matches(".*(?<!Test|Contract)\\.java")))
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(Files.readAllLines(file)).hasSizeLessThanOrEqualTo(MOST_LINES));
        }
    }
}
