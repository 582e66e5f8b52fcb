package io.github.uploadreceipts.spring;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;

/**
 * Tells Spring Security that hosts have no user and no CSRF token: they show peer tokens, which our filters verify. Nor do
 * browsers that ask by {@code OPTIONS} what a page of another origin may upload. All other paths stay with the application's chain, or with Boot's, which must be decided on before this chain exists.
 */
@AutoConfiguration(
        after = UploadReceiptsAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration",
            "org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration"
        })
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({HttpSecurity.class, SecurityFilterChain.class})
final class InternalPathsSecurityAutoConfiguration {

    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE + 100)
    @ConditionalOnBean({HttpSecurity.class, UploadReceiptsProperties.class})
    SecurityFilterChain uploadReceiptsInternalPaths(HttpSecurity http, UploadReceiptsProperties properties) {
        PathPatternRequestMatcher.Builder paths = PathPatternRequestMatcher.withDefaults();
        String uploads = properties.paths().uploads();
        return http.securityMatcher(new OrRequestMatcher(
                        paths.matcher("/internal/uploads/**"),
                        paths.matcher(InternalPaths.RELAY),
                        paths.matcher(HttpMethod.OPTIONS, uploads),
                        paths.matcher(HttpMethod.OPTIONS, uploads + "/**")))
                .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                .csrf(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .securityContext(AbstractHttpConfigurer::disable)
                .sessionManagement(AbstractHttpConfigurer::disable)
                .build();
    }
}
