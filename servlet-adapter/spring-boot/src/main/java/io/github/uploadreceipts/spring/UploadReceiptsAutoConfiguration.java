package io.github.uploadreceipts.spring;

import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.settings.HostSettings;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import io.github.uploadreceipts.servlet.ShareFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadGuard;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadStore;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.servlet.filter.OrderedFilter;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;

/** Makes the host of an application, its fetcher and its filters. Each bean gives way to the application's own. */
@AutoConfiguration
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@EnableConfigurationProperties(UploadReceiptsProperties.class)
final class UploadReceiptsAutoConfiguration {

    /** Before all that read bodies or sign users in: requests of peers are neither forms nor of users. */
    private static final int BEFORE_ALL = OrderedFilter.REQUEST_WRAPPER_FILTER_MAX_ORDER - 10_002;

    @Bean
    StarterSettings uploadReceiptsSettings(
            ConfigurableEnvironment environment, ObjectProvider<UploadReceiptsProperties> properties) {
        PropertyCheck.check(environment, PropertyTable.names().values());
        return new StarterSettings(properties.getObject(), environment);
    }

    @Bean
    @ConditionalOnMissingBean
    KeyRing uploadKeyRing(StarterSettings settings) {
        return settings.make(() -> HostSettings.keyRing(settings.host()));
    }

    @Bean
    @ConditionalOnMissingBean(UploadStore.class)
    LocalUploadStore uploadStore(StarterSettings settings) {
        return settings.make(() -> HostSettings.store(settings.host()));
    }

    @Bean
    @ConditionalOnMissingBean
    UploadHost uploadHost(
            StarterSettings settings, KeyRing keyRing, UploadStore store, ObjectProvider<UploadListener> listeners) {
        return settings.make(() -> {
            UploadHost.Builder builder = HostSettings.configure(settings.host(), UploadHost.builder(keyRing, store));
            UploadHost host = builder.build();
            listeners.orderedStream().forEach(HostAccess.engine(host)::listen);
            return host;
        });
    }

    /** Ends what only waits, before the graceful shutdown of the web server waits for it. */
    @Bean
    ApplicationListener<ContextClosedEvent> uploadReceiptsGracefulStop(
            ApplicationContext own, ObjectProvider<UploadHost> hosts) {
        return event -> {
            if (event.getApplicationContext().equals(own)) { // not a child's, such as that of another port
                hosts.forEach(UploadHost::prepareToStop);
            }
        };
    }

    @Bean
    @ConditionalOnMissingBean
    PeerFetcher peerFetcher(UploadHost host) {
        return PeerFetcher.create(host);
    }

    /** Tells the log what keeps peers from fetching here. Nothing does where no server runs the filters, as in most tests. */
    @Bean
    ApplicationListener<ApplicationReadyEvent> uploadReceiptsProbe(
            ObjectProvider<PeerFetcher> fetchers, ServletContext server) {
        return event -> {
            if (!server.getFilterRegistrations().isEmpty()) {
                fetchers.ifUnique(fetcher -> fetcher.probeInBackground(Duration.ZERO));
            }
        };
    }

    @Bean
    @ConditionalOnMissingBean
    TicketIssuer ticketIssuer(KeyRing keyRing) {
        return TicketIssuer.create(keyRing);
    }

    @Bean
    @ConditionalOnMissingBean
    UploadLimits uploadLimits(StarterSettings settings) {
        return settings.make(() -> HostSettings.limits(settings.host()));
    }

    @Bean
    @ConditionalOnMissingBean
    UploadPolicy uploadPolicy(UploadReceiptsProperties properties, UploadLimits limits) {
        return switch (properties.policy()) {
            case SIGNED_IN -> UploadPolicy.signedIn(limits);
            case ANYONE -> UploadPolicy.anyone(limits);
            case TICKET -> UploadPolicy.ticket(limits);
        };
    }

    /** Comes before what asks for parameters, such as Spring Security's CSRF filter and Boot's own form filters. */
    @Bean
    @ConditionalOnMissingBean(value = UploadGuard.class, parameterizedContainer = FilterRegistrationBean.class)
    FilterRegistrationBean<UploadGuard> uploadGuardRegistration(
            StarterSettings settings, UploadHost host, UploadReceiptsProperties properties) {
        String path = properties.paths().uploads();
        List<String> patterns = new ArrayList<>(List.of(path, path + "/*"));
        patterns.addAll(properties.paths().receipts());
        return registration(
                settings.make(() -> UploadGuard.create(host, settings.filters())),
                patterns,
                BEFORE_ALL + 1,
                EnumSet.of(DispatcherType.REQUEST));
    }

    @Bean
    @ConditionalOnMissingBean(value = UploadFilter.class, parameterizedContainer = FilterRegistrationBean.class)
    FilterRegistrationBean<UploadFilter> uploadFilterRegistration(
            StarterSettings settings,
            UploadHost host,
            UploadPolicy policy,
            UploadReceiptsProperties properties,
            Environment environment) {
        String path = properties.paths().uploads();
        return registration(
                settings.make(() -> UploadFilter.create(host, policy, settings.filters())),
                List.of(path, path + "/*", InternalPaths.RELAY),
                behindSecurity(environment),
                EnumSet.of(DispatcherType.REQUEST));
    }

    @Bean
    @ConditionalOnMissingBean(value = DeliveryFilter.class, parameterizedContainer = FilterRegistrationBean.class)
    FilterRegistrationBean<DeliveryFilter> deliveryFilterRegistration(UploadHost host) {
        return registration(
                DeliveryFilter.create(host),
                List.of(InternalPaths.UPLOADS),
                BEFORE_ALL,
                EnumSet.of(DispatcherType.REQUEST));
    }

    @Bean
    @ConditionalOnMissingBean(value = ReceiptsFilter.class, parameterizedContainer = FilterRegistrationBean.class)
    FilterRegistrationBean<ReceiptsFilter> receiptsFilterRegistration(
            StarterSettings settings, UploadHost host, UploadReceiptsProperties properties, Environment environment) {
        return registration(
                settings.make(() -> ReceiptsFilter.create(host, settings.filters())),
                properties.paths().receipts(),
                behindSecurity(environment) + 1,
                EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC));
    }

    @Bean
    @ConditionalOnMissingBean(value = ShareFilter.class, parameterizedContainer = FilterRegistrationBean.class)
    FilterRegistrationBean<ShareFilter> shareFilterRegistration(
            StarterSettings settings, UploadHost host, UploadReceiptsProperties properties, Environment environment) {
        String path = properties.share().path();
        return registration(
                settings.make(() -> ShareFilter.create(host, settings.filters())),
                path == null ? List.of() : List.of(path + "/*"),
                behindSecurity(environment),
                EnumSet.of(DispatcherType.REQUEST));
    }

    private static <T extends Filter> FilterRegistrationBean<T> registration(
            T filter, Collection<String> patterns, int order, Set<DispatcherType> dispatches) {
        FilterRegistrationBean<T> registration = new FilterRegistrationBean<>(filter);
        registration.setUrlPatterns(patterns);
        registration.setEnabled(!patterns.isEmpty()); // without any, Spring Boot would map the filter to all paths
        registration.setOrder(order);
        registration.setDispatcherTypes(EnumSet.copyOf(dispatches));
        registration.setAsyncSupported(true);
        return registration;
    }

    /** Returns the order next behind Spring Security's filter, where the user of a request is known. */
    private static int behindSecurity(Environment environment) {
        int security = OrderedFilter.REQUEST_WRAPPER_FILTER_MAX_ORDER - 100;
        return environment.getProperty("spring.security.filter.order", Integer.class, security) + 10;
    }
}
