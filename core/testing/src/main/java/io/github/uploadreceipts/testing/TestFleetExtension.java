package io.github.uploadreceipts.testing;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test a {@link TestFleet} of its own as a parameter, and closes it afterwards.
 *
 * <pre>{@code
 * @ExtendWith(TestFleetExtension.class)
 * class OrderTest {
 *     @Test
 *     void place_threePhotos(TestFleet fleet) throws Exception { … }
 * }
 * }</pre>
 *
 * <p>What {@code @BeforeEach} methods get is the fleet of the test; what constructors and {@code @BeforeAll} methods get is
 * that of the class. The fleet has three hosts. With {@code @RegisterExtension} it has as many as {@link #of} says.
 */
public final class TestFleetExtension implements ParameterResolver {

    private static final Namespace NAMESPACE = Namespace.create(TestFleetExtension.class);

    private final int hosts;

    /** Is called by JUnit. */
    public TestFleetExtension() {
        this(3);
    }

    private TestFleetExtension(int hosts) {
        this.hosts = hosts;
    }

    /** Returns an extension whose fleets have this many hosts. */
    public static TestFleetExtension of(int hosts) {
        return new TestFleetExtension(hosts);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == TestFleet.class;
    }

    @Override
    public TestFleet resolveParameter(ParameterContext parameter, ExtensionContext context) {
        // JUnit closes what is in its store
        return context.getStore(NAMESPACE).computeIfAbsent(hosts, TestFleet::create, TestFleet.class);
    }
}
