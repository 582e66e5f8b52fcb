package io.github.uploadreceipts.servlet;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What the adapter may see, and what is seen of it. */
@AnalyzeClasses(packagesOf = UploadFilter.class, importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {

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
            .resideInAnyPackage("org.apache.catalina..", "org.apache.coyote..", "org.eclipse.jetty..", "org.slf4j..");

    @ArchTest
    static final ArchRule adapter_asksForNoTokenMechanism =
            noClasses().should().dependOnClassesThat().resideInAPackage("io.github.uploadreceipts.token..");

    @ArchTest
    static void publicTypes_areTheIntendedOnes(JavaClasses classes) {
        assertThat(classes.stream()
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        .filter(type -> type.getEnclosingClass()
                                .map(outer -> outer.getModifiers().contains(JavaModifier.PUBLIC))
                                .orElse(true))
                        .map(type ->
                                type.getName().substring(type.getPackageName().length() + 1)))
                .containsExactlyInAnyOrder(
                        "UploadFilter",
                        "UploadFilter$Builder",
                        "UploadPolicy",
                        "DeliveryFilter",
                        "ReceiptsFilter",
                        "ReceiptsFilter$Builder");
    }
}
