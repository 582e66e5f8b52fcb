package io.github.uploadreceipts;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethodWhere;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
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
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.archive.ArchiveStore;
import io.github.uploadreceipts.internal.archive.ArchiveStores;
import io.github.uploadreceipts.internal.direct.DirectStores;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.handover.HandOverStore;
import io.github.uploadreceipts.internal.handover.HandOverStores;
import io.github.uploadreceipts.internal.key.RingKeys;
import io.github.uploadreceipts.internal.resume.PartialStore;
import io.github.uploadreceipts.internal.resume.PartialStores;
import io.github.uploadreceipts.internal.share.LinkStore;
import io.github.uploadreceipts.internal.share.LinkStores;
import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.receipt.ContentKey;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.testing.Circles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules about packages, layers, exported types and class sizes in the core. */
@AnalyzeClasses(packages = "io.github.uploadreceipts", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {

    private static final String BASE = "io.github.uploadreceipts.";
    private static final Path SOURCES = Path.of("src/main/java");

    /** The types that applications and authors of stores can use. Each new capability adds its types here. */
    private static final Map<String, List<String>> EXPORTED = Map.of(
            "host", List.of("UploadHost"),
            "handover", List.of("HandOver", "HandedOver", "Verdict"),
            "permit", List.of("FileSize", "TicketIssuer", "UploadLimits", "UploadPermit", "UploadTicket"),
            "event", List.of("UploadEvent", "UploadListener"),
            "receipt", List.of("Batch", "ContentDigest", "ContentKey", "ReceiptVerifier", "UploadReceipt"),
            "share", List.of("ShareLink", "ShareLinks", "UploadRequestLink"),
            "key", List.of("KeyRing"),
            "problem",
                    List.of(
                            "Problem",
                            "ProblemType",
                            "ReceiptsRefusedException",
                            "Refusal",
                            "RefusedException",
                            "TokenRefusedException",
                            "UploadRefusedException"),
            "store",
                    List.of(
                            "Claim",
                            "Delivery",
                            "Durability",
                            "ExpiryHour",
                            "LocalUploadStore",
                            "Location",
                            "StoreException",
                            "StoredUpload",
                            "UploadId",
                            "UploadStore"));

    private static String[] exportedPackages() {
        return EXPORTED.keySet().stream().map(room -> BASE + room).toArray(String[]::new);
    }

    @ArchTest
    static void exportedTypes_exactlyThese(JavaClasses classes) {
        Map<String, Set<String>> found = new TreeMap<>();
        for (JavaClass type : classes) {
            boolean exported = List.of(exportedPackages()).contains(type.getPackageName());
            if (exported && type.getModifiers().contains(JavaModifier.PUBLIC) && type.isTopLevelClass()) {
                found.computeIfAbsent(type.getPackageName().substring(BASE.length()), room -> new TreeSet<>())
                        .add(type.getSimpleName());
            }
        }
        Map<String, Set<String>> expected = new TreeMap<>();
        EXPORTED.forEach((room, types) -> expected.put(room, new TreeSet<>(types)));
        assertThat(found).isEqualTo(expected);
    }

    /** The packages above are exported to everybody. Packages named internal are exported to our own modules only. */
    @Test
    void module_exportsTheseRooms_andTheInternalOnesToOurModulesOnly() throws IOException {
        URL module =
                new URL(UploadHost.class.getProtectionDomain().getCodeSource().getLocation(), "module-info.class");
        try (InputStream in = module.openStream()) {
            Set<ModuleDescriptor.Exports> exports = ModuleDescriptor.read(in).exports();
            assertThat(exports.stream().filter(room -> !room.isQualified()).map(ModuleDescriptor.Exports::source))
                    .containsExactlyInAnyOrder(exportedPackages());
            assertThat(exports.stream().filter(ModuleDescriptor.Exports::isQualified))
                    .isNotEmpty()
                    .allSatisfy(room -> assertThat(room.source()).startsWith(BASE + "internal"))
                    .allSatisfy(room -> assertThat(room.targets())
                            .isSubsetOf(
                                    BASE + "servlet",
                                    BASE + "objectstorage",
                                    BASE + "fetcher",
                                    BASE + "spring",
                                    BASE + "spring.test",
                                    BASE + "testing"));
            assertThat(exports).as("keys with their secrets").allSatisfy(room -> {
                if (room.source().equals(BASE + "internal.key")) {
                    assertThat(room.targets()).containsExactly(BASE + "testing");
                }
            });
        }
    }

    /** On the class path nothing is encapsulated, so the name of a package must say that it is internal. */
    @ArchTest
    static final ArchRule everyClass_isInARoomThatIsExportedOrNamedInternal = classes()
            .should()
            .resideInAnyPackage(Stream.concat(Arrays.stream(exportedPackages()), Stream.of(BASE + "internal.."))
                    .toArray(String[]::new));

    @ArchTest
    static final ArchRule exportedMethods_nameNoInternalType = methods()
            .that()
            .arePublic()
            .and()
            .areDeclaredInClassesThat(resideInAnyPackage(exportedPackages())
                    .and(new DescribedPredicate<JavaClass>("are public") {
                        @Override
                        public boolean test(JavaClass type) {
                            return type.getModifiers().contains(JavaModifier.PUBLIC);
                        }
                    }))
            .should()
            .notHaveRawReturnType(resideInAPackage(BASE + "internal.."))
            .andShould()
            .notHaveRawParameterTypes(new DescribedPredicate<List<JavaClass>>("of a package named internal") {
                @Override
                public boolean test(List<JavaClass> types) {
                    return types.stream().anyMatch(type -> type.getPackageName().startsWith(BASE + "internal"));
                }
            });

    /**
     * Values and their tokens are one layer: {@code permit} issues tickets, and {@code internal.token} reads them. An
     * accessor belongs to the layer of the type that it opens.
     */
    @ArchTest
    static final ArchRule layers_dependDownwardsOnly = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .ensureAllClassesAreContainedInArchitecture()
            .layer("loggers")
            .definedBy(resideInAPackage(BASE + "internal").and(not(belongToAnyOf(HostAccess.class))))
            .layer("json")
            .definedBy(BASE + "internal.json")
            .layer("http")
            .definedBy(BASE + "internal.http")
            .layer("disk")
            .definedBy(BASE + "internal.disk")
            .layer("download")
            .definedBy(BASE + "internal.download")
            .layer("problem")
            .definedBy(BASE + "problem")
            .layer("keys")
            .definedBy(BASE + "key", BASE + "internal.key")
            .layer("seal")
            .definedBy(resideInAPackage(BASE + "internal.seal").or(belongToAnyOf(ContentKey.class)))
            .layer("store")
            .definedBy(BASE + "store")
            .layer("values and their tokens")
            .definedBy(resideInAnyPackage(BASE + "receipt", BASE + "permit", BASE + "internal.token")
                    .and(not(belongToAnyOf(ContentKey.class))))
            .layer("event")
            .definedBy(BASE + "event", BASE + "handover")
            .layer("peer")
            .definedBy(BASE + "internal.peer")
            .layer("engine")
            .definedBy(BASE + "internal.engine")
            .layer("resume")
            .definedBy(BASE + "internal.resume")
            .layer("direct")
            .definedBy(BASE + "internal.direct")
            .layer("share")
            .definedBy(BASE + "internal.share")
            .layer("hand-over")
            .definedBy(BASE + "internal.handover")
            .layer("archive")
            .definedBy(BASE + "internal.archive")
            .layer("links")
            .definedBy(BASE + "share")
            .layer("host")
            .definedBy(resideInAPackage(BASE + "host").or(belongToAnyOf(HostAccess.class)))
            .layer("settings")
            .definedBy(BASE + "internal.settings")
            .whereLayer("loggers")
            .mayNotAccessAnyLayer()
            .whereLayer("json")
            .mayNotAccessAnyLayer()
            .whereLayer("http")
            .mayNotAccessAnyLayer()
            .whereLayer("disk")
            .mayNotAccessAnyLayer()
            .whereLayer("download")
            .mayNotAccessAnyLayer()
            .whereLayer("problem")
            .mayOnlyAccessLayers("json")
            .whereLayer("keys")
            .mayOnlyAccessLayers("loggers", "json")
            .whereLayer("seal")
            .mayOnlyAccessLayers("download", "keys")
            .whereLayer("store")
            .mayOnlyAccessLayers("disk")
            .whereLayer("values and their tokens")
            .mayOnlyAccessLayers("json", "http", "problem", "keys", "seal", "store")
            .whereLayer("event")
            .mayOnlyAccessLayers("problem", "store", "values and their tokens")
            .whereLayer("peer")
            .mayOnlyAccessLayers(
                    "json", "http", "download", "problem", "keys", "seal", "store", "values and their tokens")
            .whereLayer("engine")
            .mayOnlyAccessLayers(
                    "loggers",
                    "http",
                    "download",
                    "problem",
                    "keys",
                    "seal",
                    "store",
                    "values and their tokens",
                    "event",
                    "peer")
            .whereLayer("resume")
            .mayOnlyAccessLayers(
                    "loggers", "json", "problem", "seal", "store", "values and their tokens", "event", "peer", "engine")
            .whereLayer("direct")
            .mayOnlyAccessLayers(
                    "loggers", "json", "problem", "keys", "store", "values and their tokens", "event", "peer", "engine")
            .whereLayer("share")
            .mayOnlyAccessLayers(
                    "loggers",
                    "json",
                    "problem",
                    "keys",
                    "seal",
                    "store",
                    "values and their tokens",
                    "event",
                    "peer",
                    "engine")
            .whereLayer("hand-over")
            .mayOnlyAccessLayers(
                    "loggers",
                    "json",
                    "http",
                    "problem",
                    "keys",
                    "store",
                    "values and their tokens",
                    "event",
                    "peer",
                    "engine")
            .whereLayer("archive")
            .mayOnlyAccessLayers("store")
            .whereLayer("host")
            .mayOnlyAccessLayers(
                    "loggers",
                    "keys",
                    "store",
                    "values and their tokens",
                    "event",
                    "peer",
                    "engine",
                    "resume",
                    "direct",
                    "share",
                    "hand-over")
            .whereLayer("links")
            .mayOnlyAccessLayers("keys", "store", "values and their tokens", "engine", "share", "host")
            .whereLayer("settings")
            .mayOnlyAccessLayers("loggers", "keys", "store", "values and their tokens", "host")
            // localStore_meetsResumptionInTwoClasses says why
            .ignoreDependency(
                    belongToAnyOf(LocalUploadStore.class).or(named("LocalPartials")),
                    belongToAnyOf(PartialStore.class, PartialStores.class))
            // localStore_meetsShareLinksInTwoClasses says why
            .ignoreDependency(
                    belongToAnyOf(LocalUploadStore.class).or(named("LocalLinks")),
                    belongToAnyOf(LinkStore.class, LinkStores.class))
            // localStore_meetsHandOverInTwoClasses says why
            .ignoreDependency(
                    belongToAnyOf(LocalUploadStore.class).or(named("LocalHandOvers")),
                    belongToAnyOf(HandOverStore.class, HandOverStores.class, HandOverStore.Open.class))
            // localStore_meetsArchivesInTwoClasses says why
            .ignoreDependency(
                    belongToAnyOf(LocalUploadStore.class).or(named("LocalArchive")),
                    belongToAnyOf(ArchiveStore.class, ArchiveStores.class, ArchiveStore.Found.class));

    private static DescribedPredicate<JavaClass> named(String name) {
        return new DescribedPredicate<>(name) {
            @Override
            public boolean test(JavaClass type) {
                return type.getFullName().matches("\\Q" + BASE + "store." + name + "\\E(\\$.*)?");
            }
        };
    }

    /** Only the local store supports resumable uploads. The rest of the package does not know of them. */
    @ArchTest
    static final ArchRule localStore_meetsResumptionInTwoClasses = noClasses()
            .that(resideInAPackage(BASE + "store")
                    .and(not(belongToAnyOf(LocalUploadStore.class).or(named("LocalPartials")))))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(BASE + "internal.resume");

    /** Only the local store keeps what short share links say. The rest of the package does not know of them. */
    @ArchTest
    static final ArchRule localStore_meetsShareLinksInTwoClasses = noClasses()
            .that(resideInAPackage(BASE + "store")
                    .and(not(belongToAnyOf(LocalUploadStore.class).or(named("LocalLinks")))))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(BASE + "internal.share");

    /** Only the local store keeps what is known of hand-overs. The rest of the package does not know of them. */
    @ArchTest
    static final ArchRule localStore_meetsHandOverInTwoClasses = noClasses()
            .that(resideInAPackage(BASE + "store")
                    .and(not(belongToAnyOf(LocalUploadStore.class).or(named("LocalHandOvers")))))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(BASE + "internal.handover");

    /** Only the local store keeps what is known of archived uploads. The rest of the package does not know of archives. */
    @ArchTest
    static final ArchRule localStore_meetsArchivesInTwoClasses = noClasses()
            .that(resideInAPackage(BASE + "store")
                    .and(not(belongToAnyOf(LocalUploadStore.class).or(named("LocalArchive")))))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(BASE + "internal.archive");

    @ArchTest
    static void circles_ofAtMostFourClasses(JavaClasses classes) {
        assertThat(Circles.of(classes)).allSatisfy(circle -> assertThat(circle).hasSizeLessThanOrEqualTo(4));
    }

    /** An accessor opens a type's internals to our own modules. Only the type itself may install it. */
    @ArchTest
    static final ArchRule accessors_installedByTheExportedClassOnly = noClasses()
            .that(not(belongToAnyOf(UploadHost.class, KeyRing.class, LocalUploadStore.class)))
            .should()
            .callMethod(HostAccess.class, "install", HostAccess.class)
            .orShould()
            .callMethod(RingKeys.class, "install", RingKeys.class)
            .orShould()
            .callMethod(PartialStores.class, "install", Class.class, Function.class)
            .orShould()
            .callMethod(LinkStores.class, "install", Class.class, Function.class)
            .orShould()
            .callMethod(HandOverStores.class, "install", Class.class, Function.class)
            .orShould()
            .callMethod(ArchiveStores.class, "install", Function.class)
            .orShould()
            .callMethod(DirectStores.class, "install", Class.class, Function.class);

    @ArchTest
    static final ArchRule storedBytes_openedByTheEngineOnly = noClasses()
            .that(not(resideInAPackage(BASE + "internal.engine")))
            .should(callMethodWhere(new DescribedPredicate<JavaMethodCall>("a stored upload is opened") {
                @Override
                public boolean test(JavaMethodCall call) {
                    return call.getTargetOwner().isAssignableTo(StoredUpload.class)
                            && call.getName().equals("open");
                }
            }));

    @ArchTest
    static final ArchRule receipts_issuedByTheEngineOnly = noClasses()
            .that(not(belongToAnyOf(Engine.class)))
            .should()
            .callMethod(ReceiptTokens.class, "issue", io.github.uploadreceipts.receipt.UploadReceipt.class);

    @ArchTest
    static final ArchRule core_knowsNoServletAndNoHttpClient = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta..", "javax.servlet..", "java.net.http..", "org.apache..", "org.slf4j..");

    @ArchTest
    static final ArchRule joseLibrary_onlyUnderTokens = noClasses()
            .that()
            .resideOutsideOfPackage(BASE + "internal.token")
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
            .and(not(new DescribedPredicate<JavaClass>("are sealed") {
                @Override
                public boolean test(JavaClass type) {
                    return type.reflect().isSealed();
                }
            }))
            .and(not(belongToAnyOf(HostAccess.class, RingKeys.class, PartialStores.class)))
            .should()
            .haveModifier(JavaModifier.FINAL);

    @ArchTest
    static final ArchRule whoHoldsTokens_doesNotLog = noClasses()
            .that()
            .resideInAnyPackage(
                    BASE + "internal.token",
                    BASE + "internal.peer",
                    BASE + "receipt",
                    BASE + "permit",
                    BASE + "problem")
            .should()
            .dependOnClassesThat(assignableTo(System.Logger.class))
            .orShould()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    /** Operators configure loggers by these names. */
    @Test
    void loggers_haveTheNamesThatOperatorsKnow() throws IllegalAccessException {
        Map<String, Object> names = new TreeMap<>();
        for (var field : Loggers.class.getFields()) {
            names.put(field.getName(), field.get(null));
        }
        assertThat(names)
                .isEqualTo(Map.of(
                        "HOST", BASE + "host.UploadHost",
                        "KEYS", BASE + "key.KeyRing",
                        "UPLOADS", BASE + "servlet.UploadFilter",
                        "DELIVERY", BASE + "servlet.DeliveryFilter",
                        "RECEIPTS", BASE + "servlet.ReceiptsFilter",
                        "SHARE", BASE + "servlet.ShareFilter",
                        "FETCH", BASE + "fetch.PeerFetcher"));
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
        assertThat(names).isNotEmpty().allMatch(name -> name.matches("Loggers\\.[A-Z]+"));
    }

    /** The list of problem types is a page of the documentation, and has no logic to lose one's way in. */
    @Test
    void sources_noClassIsLong() {
        sources().forEach((file, text) -> {
            int most = file.equals("problem/ProblemType.java") ? 550 : 450;
            assertThat(text.lines().count()).as("lines of " + file).isLessThanOrEqualTo(most);
        });
    }

    @Test
    void host_isSmall() {
        assertThat(sources().get("host/UploadHost.java").lines().count()).isLessThanOrEqualTo(380);
        assertThat(Arrays.stream(UploadHost.class.getDeclaredMethods())
                        .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                        .map(java.lang.reflect.Method::getName))
                .hasSizeLessThanOrEqualTo(10);
    }

    /** Code that decides the same thing in two places sooner or later decides it in two ways. */
    @Test
    void decisions_madeInOnePlace() {
        assertThat(filesThatContain("new RelayTokens(")).containsExactly("internal/peer/Peers.java");
        assertThat(filesThatContain("No space left")).isNotEmpty().allMatch(file -> file.startsWith("store/"));
    }

    private static List<String> filesThatContain(String text) {
        return sources().entrySet().stream()
                .filter(file -> file.getValue().contains(text))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Returns the source files of the main code, keyed by their path below the base package. */
    private static Map<String, String> sources() {
        Path base = SOURCES.resolve(BASE.replace('.', '/'));
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
