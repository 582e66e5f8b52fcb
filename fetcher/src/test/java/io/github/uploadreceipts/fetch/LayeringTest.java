package io.github.uploadreceipts.fetch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.github.uploadreceipts.fetch.internal.connect.FetcherAccess;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.testing.Circles;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The rules about packages, layers, exported types and class sizes in the fetcher. */
@AnalyzeClasses(packages = "io.github.uploadreceipts.fetch", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {

    private static final String FETCH = "io.github.uploadreceipts.fetch";
    private static final int LARGEST_CIRCLE = 4;
    private static final int MOST_LINES = 450;

    /** The result types of a fetch, which every package may use. */
    private static final DescribedPredicate<JavaClass> RESULTS = describe(
            "are results",
            type -> type.getBaseComponentType()
                    .getName()
                    .matches(Pattern.quote(FETCH) + "\\.(FetchException|FetchProgress|FetchedUploads?)(\\$.*)?"));

    @ArchTest
    static void exportedTypes_areTheseEight(JavaClasses classes) {
        assertThat(classes.stream()
                        .filter(type -> type.getPackageName().equals(FETCH))
                        .filter(type ->
                                type.isTopLevelClass() && type.getModifiers().contains(PUBLIC))
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder(
                        "BackgroundFetch",
                        "FetchException",
                        "FetchProgress",
                        "FetchedUpload",
                        "FetchedUploads",
                        "FetcherListener",
                        "PeerFetcher",
                        "PeerPolicy");
    }

    /** The test kit replaces the connections to peers, and nothing above them. */
    @ArchTest
    static void module_exportsOnePackage_andOneToTheTestKit(JavaClasses classes) throws IOException {
        URI module = classes.get(PeerFetcher.class)
                .getSource()
                .orElseThrow()
                .getUri()
                .resolve("../../../../module-info.class");
        try (InputStream in = module.toURL().openStream()) {
            assertThat(ModuleDescriptor.read(in).exports())
                    .extracting(Exports::source, Exports::targets)
                    .containsExactlyInAnyOrder(
                            tuple(FETCH, Set.of()),
                            tuple(FETCH + ".internal.connect", Set.of("io.github.uploadreceipts.testing")));
        }
    }

    @ArchTest
    static final ArchRule rooms_dependDownwardsOnly = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("results")
            .definedBy(RESULTS)
            .layer("connect")
            .definedBy(resideInAPackage(FETCH + ".internal.connect").and(not(belongToAnyOf(FetcherAccess.class))))
            .layer("pull")
            .definedBy(FETCH + ".internal.pull")
            .layer("relay")
            .definedBy(FETCH + ".internal.relay")
            .layer("hand-over")
            .definedBy(FETCH + ".internal.handover")
            .layer("fetch")
            .definedBy(resideInAPackage(FETCH).and(not(RESULTS)).or(belongToAnyOf(FetcherAccess.class)))
            .whereLayer("results")
            .mayNotAccessAnyLayer()
            .whereLayer("connect")
            .mayOnlyAccessLayers("results")
            .whereLayer("pull")
            .mayOnlyAccessLayers("results", "connect")
            .whereLayer("relay")
            .mayOnlyAccessLayers("results", "connect")
            .whereLayer("hand-over")
            .mayOnlyAccessLayers("results", "connect")
            .ensureAllClassesAreContainedInArchitecture();

    /** But for a listener that a container makes. An application without one never loads it. */
    @ArchTest
    static final ArchRule fetcher_knowsNoServlet = noClasses()
            .that(not(belongToAnyOf(FetcherListener.class)))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta..", "javax.servlet..", "io.github.uploadreceipts.servlet..");

    /** An accessor opens a type's internals to our own modules. Only the type itself may install it. */
    @ArchTest
    static final ArchRule accessor_installedByTheFetcherOnly = noClasses()
            .that(not(belongToAnyOf(PeerFetcher.class)))
            .should()
            .callMethod(FetcherAccess.class, "install", FetcherAccess.class);

    @ArchTest
    static final ArchRule publicClasses_cannotBeExtended = classes()
            .that(describe(
                    "are public classes",
                    type -> type.getModifiers().contains(PUBLIC) && !type.isInterface() && !type.isEnum()))
            .and(not(belongToAnyOf(FetcherAccess.class)))
            .should()
            .haveModifier(FINAL);

    @ArchTest
    static final ArchRule publicFields_areConstants =
            fields().that().arePublic().should().beStatic().andShould().beFinal();

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
            assertThat(type.getMethodCallsFromSelf())
                    .filteredOn(call -> call.getTarget().getFullName().startsWith("java.lang.System.getLogger("))
                    .allMatch(call -> call.getOrigin().getName().equals("<clinit>"));
            for (Field field : loggers(type)) {
                field.setAccessible(true);
                assertThat(((System.Logger) field.get(null)).getName())
                        .as("%s", field)
                        .isIn(names);
            }
        }
    }

    private static List<Field> loggers(JavaClass type) {
        return Arrays.stream(type.reflect().getDeclaredFields())
                .filter(field -> field.getType() == System.Logger.class && Modifier.isStatic(field.getModifiers()))
                .toList();
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
