package io.github.uploadreceipts.objectstorage;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.testing.Circles;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.reflect.Field;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The rules about packages, layers, exported types and class sizes in this module. */
@AnalyzeClasses(
        packages = "io.github.uploadreceipts.objectstorage",
        importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {

    private static final String ROOT = "io.github.uploadreceipts.objectstorage";
    private static final int LARGEST_CIRCLE = 4;
    private static final int MOST_LINES = 450;

    @ArchTest
    static void exportedTypes_areTheseEight(JavaClasses classes) {
        assertThat(classes.stream()
                        .filter(type -> type.getPackageName().equals(ROOT))
                        .filter(type ->
                                type.isTopLevelClass() && type.getModifiers().contains(PUBLIC))
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder(
                        "ArchivingUploadStore",
                        "ObjectClaims",
                        "ObjectStorage",
                        "ObjectUploadStore",
                        "S3Credentials",
                        "S3Storage",
                        "SwiftCredentials",
                        "SwiftStorage");
    }

    @ArchTest
    static void module_exportsOnePackage(JavaClasses classes) throws IOException {
        URI module = classes.get(ObjectStorage.class)
                .getSource()
                .orElseThrow()
                .getUri()
                .resolve("../../../../module-info.class");
        try (InputStream in = module.toURL().openStream()) {
            assertThat(ModuleDescriptor.read(in).exports())
                    .extracting(Exports::source, Exports::targets)
                    .containsExactly(tuple(ROOT, Set.of()));
        }
    }

    @ArchTest
    static final ArchRule rooms_dependDownwardsOnly = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("client")
            .definedBy(ROOT + ".internal.client")
            .layer("http")
            .definedBy(ROOT + ".internal.http")
            .layer("s3")
            .definedBy(ROOT + ".internal.s3")
            .layer("swift")
            .definedBy(ROOT + ".internal.swift")
            .layer("store")
            .definedBy(ROOT + ".internal.store")
            .layer("exported")
            .definedBy(ROOT)
            .whereLayer("client")
            .mayNotAccessAnyLayer()
            .whereLayer("http")
            .mayOnlyAccessLayers("client")
            .whereLayer("s3")
            .mayOnlyAccessLayers("client", "http")
            .whereLayer("swift")
            .mayOnlyAccessLayers("client", "http")
            .whereLayer("store")
            .mayOnlyAccessLayers("client")
            .ensureAllClassesAreContainedInArchitecture()
            .ignoreDependency(resideInAPackage(ROOT + ".internal.s3"), type(S3Credentials.class)); // only a value

    @ArchTest
    static final ArchRule module_knowsNoServlet = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta..", "javax.servlet..", "io.github.uploadreceipts.servlet..");

    @ArchTest
    static final ArchRule publicClasses_cannotBeExtended = classes()
            .that(describe(
                    "are public classes",
                    type -> type.getModifiers().contains(PUBLIC)
                            && !type.isInterface()
                            && !type.isEnum()
                            && !type.reflect().isSealed()))
            .should()
            .haveModifier(FINAL);

    @ArchTest
    static void circles_areSmall(JavaClasses classes) {
        assertThat(Circles.of(classes))
                .allSatisfy(circle -> assertThat(circle).hasSizeLessThanOrEqualTo(LARGEST_CIRCLE));
    }

    /** A logger keeps its name, by which operators configure it, when its class moves. */
    @ArchTest
    static void loggers_areNamedByConstants(JavaClasses classes) throws IllegalAccessException {
        Set<String> names = new TreeSet<>();
        for (Field constant : Loggers.class.getFields()) {
            names.add((String) constant.get(null));
        }
        for (JavaClass type : classes) {
            for (Field field : type.reflect().getDeclaredFields()) {
                if (field.getType() == System.Logger.class) {
                    field.setAccessible(true);
                    assertThat(((System.Logger) field.get(null)).getName())
                            .as("%s", field)
                            .isIn(names);
                }
            }
        }
    }

    @ArchTest
    static void sources_areShort(JavaClasses classes) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(sources)
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(Files.readAllLines(file)).hasSizeLessThanOrEqualTo(MOST_LINES));
        }
    }
}
