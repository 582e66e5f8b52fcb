package io.github.uploadreceipts.samples.springboot;

import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.boot.security.autoconfigure.web.servlet.PathRequest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.session.NullAuthenticatedSessionStrategy;

/**
 * Who is signed in, and the CSRF token, are in cookies that every instance understands, so that no request has to reach
 * the instance of the one before. Nothing here is about uploads.
 */
@Configuration(proxyBeanMethods = false)
class Login {

    @Bean
    SecurityFilterChain chain(HttpSecurity http) {
        return http.authorizeHttpRequests(requests -> requests.requestMatchers(
                                PathRequest.toStaticResources().atCommonLocations(), EndpointRequest.to("health"))
                        .permitAll()
                        .anyRequest()
                        .authenticated())
                .formLogin(form -> form.defaultSuccessUrl("/", true))
                .rememberMe(me -> me.key("the same on all instances").alwaysRemember(true))
                // another instance signs the user in by the cookie, in the middle of a form: its token must stay valid
                .csrf(csrf -> csrf.spa().sessionAuthenticationStrategy(new NullAuthenticatedSessionStrategy()))
                .build();
    }
}
