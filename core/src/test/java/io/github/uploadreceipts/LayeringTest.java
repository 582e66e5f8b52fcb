package io.github.uploadreceipts;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The walls inside the core. */
@AnalyzeClasses(packages = "io.github.uploadreceipts", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {

    private static final String BASE = "io.github.uploadreceipts.";

    @ArchTest
    static final ArchRule packages_dependDownwardsOnly = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("json")
            .definedBy(BASE + "json")
            .layer("http")
            .definedBy(BASE + "http")
            .layer("store")
            .definedBy(BASE + "store")
            .layer("problem")
            .definedBy(BASE + "problem")
            .layer("key")
            .definedBy(BASE + "key")
            .layer("token")
            .definedBy(BASE + "token")
            .layer("receipt")
            .definedBy(BASE + "receipt")
            .layer("ticket")
            .definedBy(BASE + "ticket")
            .layer("peer")
            .definedBy(BASE + "peer")
            .layer("host")
            .definedBy(BASE + "host")
            .whereLayer("json")
            .mayNotAccessAnyLayer()
            .whereLayer("http")
            .mayNotAccessAnyLayer()
            .whereLayer("store")
            .mayNotAccessAnyLayer()
            .whereLayer("problem")
            .mayOnlyAccessLayers("json")
            .whereLayer("key")
            .mayOnlyAccessLayers("json")
            .whereLayer("token")
            .mayOnlyAccessLayers("json", "problem", "key")
            .whereLayer("receipt")
            .mayOnlyAccessLayers("json", "http", "store", "problem", "key", "token")
            .whereLayer("ticket")
            .mayOnlyAccessLayers("json", "http", "store", "problem", "key", "token", "receipt")
            .whereLayer("peer")
            .mayOnlyAccessLayers("json", "http", "store", "problem", "key", "token")
            .whereLayer("host")
            .mayOnlyAccessLayers("json", "http", "store", "problem", "key", "token", "receipt", "ticket", "peer");

    @ArchTest
    static final ArchRule core_knowsNoServletAndNoHttpClient = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta..", "javax.servlet..", "java.net.http..", "org.apache..", "org.slf4j..");

    @ArchTest
    static final ArchRule joseLibrary_onlyUnderTokens = noClasses()
            .that()
            .resideOutsideOfPackage(BASE + "token")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.nimbusds..");

    @ArchTest
    static final ArchRule publicFields_areConstants =
            fields().that().arePublic().should().beStatic().andShould().beFinal();

    @ArchTest
    static final ArchRule publicTypes_cannotBeExtendedFromOutside = classes()
            .that(new DescribedPredicate<JavaClass>("are public and no interface") {
                @Override
                public boolean test(JavaClass type) {
                    return type.getModifiers().contains(JavaModifier.PUBLIC) && !type.isInterface() && !type.isEnum();
                }
            })
            .and(DescribedPredicate.not(new DescribedPredicate<JavaClass>("are sealed") {
                @Override
                public boolean test(JavaClass type) {
                    return type.reflect().isSealed();
                }
            }))
            .should()
            .haveModifier(JavaModifier.FINAL);

    @ArchTest
    static final ArchRule whoHoldsTokens_doesNotLog = noClasses()
            .that()
            .resideInAnyPackage(BASE + "token", BASE + "receipt", BASE + "peer", BASE + "problem")
            .should()
            .dependOnClassesThat(assignableTo(System.Logger.class))
            .orShould()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");
}
