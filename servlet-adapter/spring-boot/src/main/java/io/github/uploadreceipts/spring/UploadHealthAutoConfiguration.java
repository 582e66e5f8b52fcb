package io.github.uploadreceipts.spring;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.permit.UploadLimits;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Tells Actuator whether uploads can begin here. */
@AutoConfiguration(after = UploadReceiptsAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
final class UploadHealthAutoConfiguration {

    @Bean
    @ConditionalOnBean({UploadHost.class, UploadStore.class, UploadLimits.class})
    @ConditionalOnMissingBean(name = "uploadReceiptsHealthIndicator")
    @ConditionalOnEnabledHealthIndicator("uploadReceipts")
    HealthIndicator uploadReceiptsHealthIndicator(UploadHost host, UploadLimits limits) {
        return new UploadHealth(host, limits);
    }
}
