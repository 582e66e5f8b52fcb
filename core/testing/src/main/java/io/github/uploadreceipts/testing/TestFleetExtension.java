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
 * <p>{@code @BeforeEach} methods get the fleet of their test. If a constructor or a {@code @BeforeAll} method takes a
 * fleet, it is that of all tests of the class. The fleet has three hosts, and with {@code @RegisterExtension} as many as
 * {@link #of} says.
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
        ExtensionContext.Store store = context.getStore(NAMESPACE);
        TestFleet fleet = store.get(hosts, TestFleet.class);
        if (fleet == null) {
            fleet = TestFleet.create(hosts);
            store.put(hosts, fleet); // JUnit closes it
        }
        return fleet;
    }
}
