package io.github.uploadreceipts.spring;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.servlet.UploadMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Gives the host's meters to the application's registry. Spring Boot binds every {@link MeterBinder}. */
@AutoConfiguration(
        after = UploadReceiptsAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterBinder.class)
final class UploadMetricsAutoConfiguration {

    @Bean
    @ConditionalOnBean({UploadHost.class, MeterRegistry.class})
    @ConditionalOnMissingBean
    UploadMetrics uploadMetrics(UploadHost host) {
        return UploadMetrics.of(host);
    }
}
