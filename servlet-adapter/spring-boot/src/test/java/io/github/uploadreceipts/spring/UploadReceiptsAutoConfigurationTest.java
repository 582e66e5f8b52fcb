package io.github.uploadreceipts.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import io.github.uploadreceipts.servlet.ShareFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadGuard;
import io.github.uploadreceipts.servlet.UploadMetrics;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadId;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableWebApplicationContext;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Beans, what they give way to, and why an application does not start. */
class UploadReceiptsAutoConfigurationTest {

    @TempDir
    Path directory;

    private WebApplicationContextRunner plain = new WebApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    UploadReceiptsAutoConfiguration.class,
                    ReceiptsWebMvcAutoConfiguration.class,
                    InternalPathsSecurityAutoConfiguration.class,
                    UploadHealthAutoConfiguration.class,
                    UploadMetricsAutoConfiguration.class));

    private WebApplicationContextRunner runner = plain;

    @BeforeEach
    void configure() throws IOException {
        Path keys = directory.resolve("keys.json");
        KeyRing.generate("photos").write(keys);
        runner = plain.withPropertyValues(
                "upload-receipts.key-ring=" + keys,
                "upload-receipts.store.directory=" + directory.resolve("store"),
                "upload-receipts.store.durability=buffered",
                "upload-receipts.internal-url=http://192.0.2.7:8080",
                "upload-receipts.paths.receipts=/orders,/albums/*",
                "upload-receipts.limits.max-file-size=3MB",
                "upload-receipts.limits.deadline=90m");
    }

    @Test
    void beans_configured() {
        runner.run(context -> {
            assertThat(context).hasSingleBean(KeyRing.class).hasSingleBean(LocalUploadStore.class);
            assertThat(context).hasSingleBean(PeerFetcher.class).hasSingleBean(TicketIssuer.class);
            assertThat(context).hasSingleBean(UploadPolicy.class).hasSingleBean(WebMvcConfigurer.class);
            assertThat(context.getBean(UploadHost.class).internalUrl()).isEqualTo(URI.create("http://192.0.2.7:8080"));
            UploadLimits limits = context.getBean(UploadLimits.class);
            assertThat(limits.maxFileSize()).isEqualTo(3 << 20);
            assertThat(limits.deadline()).isEqualTo(Duration.ofMinutes(90));
        });
    }

    @Test
    void filters_mappedBehindSecurity_butNotThoseOfPeers() {
        runner.run(context -> {
            FilterRegistrationBean<?> uploads = registration(context, UploadFilter.class);
            FilterRegistrationBean<?> peers = registration(context, DeliveryFilter.class);
            FilterRegistrationBean<?> receipts = registration(context, ReceiptsFilter.class);
            assertThat(uploads.getUrlPatterns()).containsExactly("/uploads", "/uploads/*", "/internal/relay");
            assertThat(peers.getUrlPatterns()).containsExactly("/internal/uploads/*");
            assertThat(receipts.getUrlPatterns()).containsExactly("/orders", "/albums/*");
            FilterRegistrationBean<?> guard = registration(context, UploadGuard.class);
            assertThat(guard.getUrlPatterns()).containsExactly("/uploads", "/uploads/*", "/orders", "/albums/*");
            assertThat(guard.getOrder()).isLessThan(-10_000);
            assertThat(uploads.getOrder()).isGreaterThan(-100);
            assertThat(receipts.getOrder()).isGreaterThan(-100);
            assertThat(peers.getOrder()).isLessThan(-10_000);
            assertThat(uploads.isAsyncSupported()).isTrue();
        });
    }

    @Test
    void receiptsFilter_withoutPaths_isNotMapped() {
        runner.withPropertyValues("upload-receipts.paths.receipts=")
                .run(context -> assertThat(
                                registration(context, ReceiptsFilter.class).isEnabled())
                        .isFalse());
    }

    @Test
    void shareFilter_mappedToItsPath_ifThereIsOne() {
        runner.run(context ->
                assertThat(registration(context, ShareFilter.class).isEnabled()).isFalse());
        runner.withPropertyValues("upload-receipts.share.path=/s", "upload-receipts.share.delivery=x-sendfile")
                .run(context -> {
                    FilterRegistrationBean<?> links = registration(context, ShareFilter.class);
                    assertThat(links.isEnabled()).isTrue();
                    assertThat(links.getUrlPatterns()).containsExactly("/s/*");
                    assertThat(links.isAsyncSupported()).isTrue();
                    assertThat(links.getOrder()).isGreaterThan(-100);
                });
    }

    @Test
    void beans_ofTheApplication_areUsed() {
        KeyRing ring = KeyRing.generate("mine");
        UploadPolicy policy = UploadPolicy.anyone(UploadLimits.defaults());
        runner.withBean("mine", KeyRing.class, () -> ring)
                .withBean("policy", UploadPolicy.class, () -> policy)
                .withBean(OwnRegistration.class)
                .withPropertyValues("upload-receipts.fleet=mine")
                .run(context -> {
                    assertThat(context.getBean(UploadHost.class).keyRing()).isSameAs(ring);
                    assertThat(context.getBean(UploadPolicy.class)).isSameAs(policy);
                    assertThat(context.getBeansOfType(FilterRegistrationBean.class))
                            .doesNotContainKey("deliveryFilterRegistration");
                });
    }

    static final class OwnRegistration extends FilterRegistrationBean<DeliveryFilter> {
        OwnRegistration(UploadHost host) {
            super(DeliveryFilter.create(host));
        }
    }

    @Test
    void parts_withoutTheirLibraries_areLeftOut() {
        runner.withClassLoader(new FilteredClassLoader(
                        HttpSecurity.class, SecurityFilterChain.class, HealthIndicator.class, WebMvcConfigurer.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(UploadHost.class)
                        .doesNotHaveBean("uploadReceiptsHealthIndicator")
                        .doesNotHaveBean("uploadReceiptsInternalPaths"));
    }

    @Test
    void property_unknown_namesTheNearest() {
        assertThat(failure(runner.withPropertyValues("upload-receipts.limits.max-file-sise=1MB")))
                .contains("'upload-receipts.limits.max-file-sise'")
                .contains("did you mean 'upload-receipts.limits.max-file-size'?");
        assertThat(failure(runner.withPropertyValues("uploadReceipts.peerz[0]=http://a")))
                .contains("did you mean 'upload-receipts.peers'?");
        assertThat(failure(runner.withPropertyValues("upload-receipts.store=/var/lib/photos")))
                .contains("'upload-receipts.store'; it is a group. Did you mean 'upload-receipts.store.directory'?");
        assertThat(failure(runner.withSystemProperties("upload-receipts.keyring=x", "upload-receipts.flet=photos")))
                .contains("did you mean 'upload-receipts.fleet'?");
    }

    @Test
    void variable_unknown_namesTheNearest() {
        assertThat(failure(withVariable("UPLOADRECEIPTS_LIMITS_MAXFILESISE", "1MB")))
                .contains("did you mean 'upload-receipts.limits.max-file-size'?")
                .contains("UPLOADRECEIPTS_LIMITS_MAXFILESISE");
        assertThat(failure(withVariable("UPLOAD_RECEIPTS_FLEEET", "photos")))
                .contains("did you mean 'upload-receipts.fleet'?");
    }

    @Test
    void variable_known_isRead() {
        withVariable("UPLOADRECEIPTS_LIMITS_MAXFILES", "7")
                .run(context -> assertThat(context.getBean(UploadLimits.class).maxFiles())
                        .isEqualTo(7));
        withVariable("UPLOAD_RECEIPTS_LIMITS_MAX_FILES", "7")
                .run(context -> assertThat(context.getBean(UploadLimits.class).maxFiles())
                        .isEqualTo(7));
        withVariable("UPLOADRECEIPTS_PEERS_0_", "http://192.0.2.8")
                .run(context -> assertThat(context).hasNotFailed());
        withVariable("UPLOAD_RECEIPTS_SERVICE_HOST", "10.0.0.1") // set by Kubernetes, not by the operator
                .run(context -> assertThat(context).hasNotFailed());
    }

    private WebApplicationContextRunner withVariable(String name, String value) {
        return runner.withInitializer(context -> context.getEnvironment()
                .getPropertySources()
                .replace(
                        "systemEnvironment",
                        new SystemEnvironmentPropertySource("systemEnvironment", Map.of(name, value))));
    }

    @Test
    void properties_wrong_nameThePropertyAndTheRemedy() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        expect("upload-receipts.key-ring=", "no key-ring is configured", "upload-receipts.key-ring");
        expect("upload-receipts.key-ring=/nowhere/keys.json", "/nowhere/keys.json", "upload-receipts.key-ring");
        expect("upload-receipts.store.directory=", "no store is configured", "upload-receipts.store.directory");
        expect(
                "upload-receipts.store.directory=" + file,
                "in which this process may write",
                "upload-receipts.store.directory");
        expect("upload-receipts.internal-url=http://localhost:8080", "loopback", "upload-receipts.internal-url");
        expect("upload-receipts.internal-url=ftp://x", "internal URL 'ftp://x'", "upload-receipts.internal-url");
        expect("upload-receipts.fleet=others", "is of the fleet photos, not others", "upload-receipts.key-ring");
        expect("upload-receipts.delivery=carrier", "delivery is 'carrier'", "upload-receipts.delivery");
        expect("upload-receipts.time-to-live=3s", "PT3S", "upload-receipts.time-to-live");
        expect("upload-receipts.limits.max-files=0", "must be at least 1", "upload-receipts.limits.max-files");
        expect("upload-receipts.cors.allow-origins=x", "allow-origins is 'x'", "upload-receipts.cors.allow-origins");
        expect("upload-receipts.receipts.json-array=x", "json-array", "upload-receipts.receipts.json-array");
        assertThat(failure(runner.withPropertyValues("upload-receipts.internal-url=", "server.port=0")))
                .contains("upload-receipts.internal-url");
    }

    private void expect(String property, String description, String action) {
        assertThat(failure(runner.withPropertyValues(property)))
                .contains("Upload Receipts cannot start: ")
                .contains(description)
                .contains("\nSet the property " + action + ".");
    }

    private static String failure(WebApplicationContextRunner configured) {
        StringBuilder text = new StringBuilder();
        configured.run(context -> {
            assertThat(context).hasFailed();
            FailureAnalysis analysis = new StartFailureAnalyzer().analyze(context.getStartupFailure());
            assertThat(analysis)
                    .as(() -> String.valueOf(context.getStartupFailure()))
                    .isNotNull();
            text.append(analysis.getDescription()).append('\n').append(analysis.getAction());
        });
        return text.toString();
    }

    @Test
    void metrics_whereThereIsARegistry() {
        runner.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class))
                .withBean(SimpleMeterRegistry.class)
                .run(context -> {
                    SimpleMeterRegistry registry = context.getBean(SimpleMeterRegistry.class);
                    assertThat(registry.get("upload.in.flight").gauge().value()).isZero();
                    UploadId id = UploadId.random();
                    HostAccess.engine(context.getBean(UploadHost.class))
                            .tell(new UploadEvent.Claimed(id, Claim.of("order-1")));
                    assertThat(registry.get("upload.claim").counter().count()).isEqualTo(1);
                });
        runner.run(context -> assertThat(context).doesNotHaveBean(UploadMetrics.class));
        runner.withClassLoader(new FilteredClassLoader(MeterBinder.class, MeterRegistry.class))
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(UploadHost.class));
    }

    @Test
    void developmentMode_makesUpKeysAndDirectory() {
        plain.withPropertyValues("upload-receipts.development-mode=true", "server.port=0")
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(UploadHost.class));
    }

    @Test
    void health_saysWhyUploadsCannotBegin() {
        runner.run(context -> {
            Path store = directory.resolve("store");
            assertThat(health(context).getStatus()).isEqualTo(Status.UP);

            Files.createFile(store.resolve("drain"));
            assertThat(health(context).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
            assertThat(health(context).getDetails())
                    .containsEntry("reason", "The host is being drained.")
                    .containsEntry("keepsUploadsUntil", "nothing is left");
            Files.delete(store.resolve("drain"));
            context.getBean(UploadHost.class).drain(true);
            assertThat(health(context).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
            context.getBean(UploadHost.class).drain(false);

            Files.move(store.resolve("uploads"), store.resolve("away"));
            assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
            assertThat(health(context).getDetails().toString()).doesNotContain(directory.toString());
            Files.move(store.resolve("away"), store.resolve("uploads"));
        });
        runner.withPropertyValues("upload-receipts.limits.free-space-floor=8000000TB")
                .run(context -> {
                    assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
                    assertThat(health(context).getDetails()).containsKey("reason");
                });
    }

    /** A bad file must not take all hosts of a fleet out of service at once: they work on with the keys that they had. */
    @Test
    void health_keyRingReplaced() {
        Path keys = directory.resolve("keys.json");
        runner.run(context -> {
            String good = Files.readString(keys);
            Files.writeString(keys, "{");
            awaitDetail(context, "warning");
            assertThat(health(context).getStatus()).isEqualTo(Status.UP);
            assertThat(health(context).getDetails().toString()).doesNotContain(directory.toString());

            Files.writeString(keys, good.replace("\"use\"", "\"exp\" : 1000000000, \"use\""));
            awaitDetail(context, "reason");
            assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
            assertThat(health(context).getDetails().toString()).contains("no key signs now");
        });
    }

    private static void awaitDetail(ApplicationContext context, String name) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (!health(context).getDetails().containsKey(name)) {
            assertThat(System.nanoTime()).as(name).isLessThan(end);
            Thread.sleep(50);
        }
    }

    private static Health health(ApplicationContext context) {
        return context.getBean(HealthIndicator.class).health();
    }

    @SuppressWarnings("rawtypes")
    private static FilterRegistrationBean<?> registration(AssertableWebApplicationContext context, Class<?> filter) {
        Collection<FilterRegistrationBean> all =
                context.getBeansOfType(FilterRegistrationBean.class).values();
        return all.stream()
                .filter(bean -> filter.isInstance(bean.getFilter()))
                .findFirst()
                .orElseThrow();
    }
}
