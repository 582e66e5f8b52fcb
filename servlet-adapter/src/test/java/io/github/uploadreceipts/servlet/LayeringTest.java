package io.github.uploadreceipts.servlet;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethodWhere;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.github.uploadreceipts.internal.peer.RelayTokens;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.testing.Circles;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules about packages, layers, exported types and class sizes in the adapter. */
@AnalyzeClasses(packagesOf = UploadFilter.class, importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {

    private static final String SERVLET = "io.github.uploadreceipts.servlet";
    private static final String MANNERS = "internal/container/ContainerManners.java";
    private static final int LARGEST_CIRCLE = 4;
    private static final int MOST_LINES = 450;

    /** The types that applications can use. Each new capability adds its types here. */
    @ArchTest
    static void exportedTypes_exactlyThese(JavaClasses classes) {
        assertThat(classes.stream()
                        .filter(type -> type.getPackageName().equals(SERVLET) && isPublic(type))
                        .filter(type -> type.getEnclosingClass()
                                .map(LayeringTest::isPublic)
                                .orElse(true))
                        .map(type -> type.getName().substring(SERVLET.length() + 1)))
                .containsExactlyInAnyOrder(
                        "UploadFilter",
                        "UploadFilter$Builder",
                        "UploadGuard",
                        "UploadMetrics",
                        "UploadPolicy",
                        "DeliveryFilter",
                        "ReceiptsFilter",
                        "ReceiptsFilter$Builder",
                        "ShareFilter",
                        "ShareFilter$Builder");
    }

    private static boolean isPublic(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC);
    }

    private static boolean isAbstract(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.ABSTRACT);
    }

    @ArchTest
    static void module_exportsOnePackage(JavaClasses classes) throws IOException {
        URI module = classes.get(UploadFilter.class)
                .getSource()
                .orElseThrow()
                .getUri()
                .resolve("../../../../module-info.class");
        try (InputStream in = module.toURL().openStream()) {
            assertThat(ModuleDescriptor.read(in).exports())
                    .extracting(ModuleDescriptor.Exports::source)
                    .containsExactly(SERVLET);
        }
    }

    /** A request passes the layers upwards. The final request has a layer of its own beside uploads. */
    @ArchTest
    static final ArchRule rooms_dependDownwardsOnly = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .ensureAllClassesAreContainedInArchitecture()
            .layer("policy")
            .definedBy(belongToAnyOf(UploadPolicy.class))
            .layer("container")
            .definedBy(SERVLET + ".internal.container")
            .layer("response")
            .definedBy(SERVLET + ".internal.response")
            .layer("receive")
            .definedBy(SERVLET + ".internal.receive")
            .layer("resume")
            .definedBy(SERVLET + ".internal.resume")
            .layer("relay")
            .definedBy(SERVLET + ".internal.relay")
            .layer("events")
            .definedBy(SERVLET + ".internal.events")
            .layer("finish")
            .definedBy(SERVLET + ".internal.finish")
            .layer("guard")
            .definedBy(SERVLET + ".internal.guard")
            .layer("share")
            .definedBy(SERVLET + ".internal.share")
            .layer("hand-over")
            .definedBy(SERVLET + ".internal.handover")
            .layer("direct")
            .definedBy(SERVLET + ".internal.direct")
            .layer("servlet")
            .definedBy(resideInAPackage(SERVLET).and(not(belongToAnyOf(UploadPolicy.class))))
            .whereLayer("policy")
            .mayNotAccessAnyLayer()
            .whereLayer("container")
            .mayNotAccessAnyLayer()
            .whereLayer("response")
            .mayOnlyAccessLayers("container")
            .whereLayer("receive")
            .mayOnlyAccessLayers("container", "response")
            .whereLayer("resume")
            .mayOnlyAccessLayers("container", "response", "receive")
            .whereLayer("relay")
            .mayOnlyAccessLayers("container", "response", "receive", "resume")
            .whereLayer("events")
            .mayOnlyAccessLayers("container", "response", "receive", "resume")
            .whereLayer("finish")
            .mayOnlyAccessLayers("policy", "container", "response", "receive")
            .whereLayer("guard")
            .mayOnlyAccessLayers("container", "receive", "finish")
            .whereLayer("hand-over")
            .mayOnlyAccessLayers("container", "response", "receive")
            .whereLayer("direct")
            .mayOnlyAccessLayers("policy", "container", "response", "receive", "resume", "finish")
            .whereLayer("share")
            .mayOnlyAccessLayers("container", "response", "receive", "resume", "finish");

    @ArchTest
    static void circles_areSmall(JavaClasses classes) {
        assertThat(Circles.of(classes))
                .allSatisfy(circle -> assertThat(circle).hasSizeLessThanOrEqualTo(LARGEST_CIRCLE));
    }

    @ArchTest
    static final ArchRule adapter_knowsNoFetcherAndNoHttpClient = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.github.uploadreceipts.fetch..", "org.apache.hc..", "java.net.http..", "com.nimbusds..");

    @ArchTest
    static final ArchRule adapter_knowsNoContainer = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.catalina..",
                    "org.apache.coyote..",
                    "org.eclipse.jetty..",
                    "io.undertow..",
                    "org.slf4j..");

    /** The engine verifies tokens. It has one verifier for all of them. */
    @ArchTest
    static final ArchRule adapter_makesNoTokens = noClasses()
            .should()
            .callConstructor(RelayTokens.class)
            .orShould()
            .dependOnClassesThat()
            .resideInAPackage("io.github.uploadreceipts.internal.token..");

    /**
     * One class completes asynchronous requests. Completing twice is an error, and never completing leaves the
     * connection open.
     */
    @ArchTest
    static final ArchRule requests_madeAsynchronousAndCompletedInOnePlace = noClasses()
            .that(not(belongToAnyOf(Completion.class)))
            .should(callMethodWhere(
                    isCalled(ServletRequest.class, "startAsync").or(isCalled(AsyncContext.class, "complete"))));

    private static DescribedPredicate<JavaMethodCall> isCalled(Class<?> type, String method) {
        return describe(
                method + " is called",
                call -> call.getTargetOwner().isAssignableTo(type)
                        && call.getName().equals(method));
    }

    @ArchTest
    static final ArchRule listeners_registeredByTheRulesOfContainers = noClasses()
            .that()
            .resideOutsideOfPackage(SERVLET + ".internal.container")
            .should(callMethodWhere(isCalled(ServletInputStream.class, "setReadListener")
                    .or(isCalled(ServletOutputStream.class, "setWriteListener"))));

    /** What is made to be extended is abstract, and not exported. */
    @ArchTest
    static final ArchRule publicClasses_cannotBeExtended = classes()
            .that(describe(
                    "are public classes",
                    type -> isPublic(type)
                            && !type.isInterface()
                            && !type.isEnum()
                            && !(isAbstract(type) && !type.getPackageName().equals(SERVLET))))
            .should()
            .haveModifier(JavaModifier.FINAL);

    @ArchTest
    static final ArchRule publicFields_areConstants =
            fields().that().arePublic().should().beStatic().andShould().beFinal();

    /** One class knows the differences between containers, each with its reason. */
    @Test
    void containers_namedInOneClass() {
        assertThat(filesThat("(?i)undertow|tomcat|catalina|jetty")).containsExactly(MANNERS);
    }

    /** A new field that is missing in the list is read, but not relayed, or scripts of other origins cannot read it. */
    @Test
    void headerFieldsOfProtocols_namedBesideTheProtocolAndInOneList() {
        assertThat(filesThat("\"(Tus-[A-Za-z-]+|Upload-(?!Ticket|Slot)[A-Za-z-]+)\""))
                .containsExactly(
                        "internal/response/HandOverStatus.java",
                        "internal/response/HeaderFields.java",
                        "internal/resume/Checksum.java",
                        "internal/resume/Completeness.java",
                        "internal/resume/IetfRequest.java",
                        "internal/resume/IetfResponse.java",
                        "internal/resume/TusProtocol.java",
                        "internal/resume/TusRequest.java",
                        "internal/resume/TusResponse.java");
    }

    /** A logger keeps its name when its class moves. */
    @Test
    void loggers_areNamedByConstants() {
        Pattern made = Pattern.compile("getLogger\\(([^)]*)\\)");
        List<String> names = new ArrayList<>();
        sources().forEach((file, text) -> {
            Matcher matcher = made.matcher(text);
            while (matcher.find()) {
                names.add(matcher.group(1));
            }
            assertThat(text).as(file).doesNotContain("getLogger\n", "::getLogger");
        });
        assertThat(names).isNotEmpty().allMatch(name -> name.matches("Loggers\\.(UPLOADS|DELIVERY|RECEIPTS|SHARE)"));
    }

    @Test
    void sources_noClassIsLong() {
        sources()
                .forEach((file, text) ->
                        assertThat(text.lines().count()).as("lines of " + file).isLessThanOrEqualTo(MOST_LINES));
    }

    /** Returns the files of the main code that contain {@code pattern}. */
    private static List<String> filesThat(String pattern) {
        Pattern compiled = Pattern.compile(pattern);
        return sources().entrySet().stream()
                .filter(file -> compiled.matcher(file.getValue()).find())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Returns the source files of the main code, keyed by their path below the filters' package. */
    private static Map<String, String> sources() {
        Path base = Path.of("src/main/java").resolve(SERVLET.replace('.', '/'));
        try (Stream<Path> files = Files.walk(base)) {
            Map<String, String> sources = files.filter(file -> file.toString().endsWith(".java"))
                    .collect(Collectors.toMap(
                            file -> base.relativize(file).toString(), LayeringTest::text, (a, b) -> a, TreeMap::new));
            assertThat(sources).isNotEmpty();
            return sources;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
