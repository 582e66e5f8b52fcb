package io.github.uploadreceipts.spring.test;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.TestContextAnnotationUtils;

/** Gives every test with MockMvc a {@link ThrowAwayHost}. */
final class ThrowAwayHostFactory implements ContextCustomizerFactory {

    @Override
    public @Nullable ContextCustomizer createContextCustomizer(
            Class<?> testClass, List<ContextConfigurationAttributes> configurations) {
        return TestContextAnnotationUtils.hasAnnotation(testClass, AutoConfigureMockMvc.class)
                ? new ThrowAwayHost()
                : null;
    }
}
