package io.github.uploadreceipts.fetch.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.internal.peer.AddressRanges;
import io.github.uploadreceipts.internal.peer.OwnUrls;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.junit.jupiter.api.Test;

class CheckedResolverTest {

    private static CheckedResolver resolver(boolean development, List<InetAddress> machine, String... addresses)
            throws UnknownHostException {
        AllowedPeers allowed = new AllowedPeers(
                AddressRanges.privateNetworks(),
                Set.of(),
                List.of(),
                OwnUrls.of(URI.create("http://app1:8079")),
                development);
        InetAddress[] response = addresses(addresses).toArray(InetAddress[]::new);
        DnsResolver names = new SystemDefaultDnsResolver() {
            @Override
            public InetAddress[] resolve(String host) {
                return response;
            }
        };
        return new CheckedResolver(allowed, names, () -> machine);
    }

    private static List<InetAddress> addresses(String... literals) throws UnknownHostException {
        InetAddress[] all = new InetAddress[literals.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = InetAddress.getByName(literals[i]);
        }
        return Arrays.asList(all);
    }

    @Test
    void resolve_usesOnlyWhatIsAllowed() throws Exception {
        CheckedResolver mixed = resolver(false, List.of(), "2001:db8::1", "10.0.0.12", "8.8.8.8", "fd00::12");
        assertThat(mixed.resolve("app2")).containsExactlyElementsOf(addresses("10.0.0.12", "fd00::12"));
        assertThatExceptionOfType(RefusedAddressException.class)
                .isThrownBy(() ->
                        resolver(false, List.of(), "2001:db8::1", "8.8.8.8").resolve("app2"))
                .withMessageContaining("2001:db8");
    }

    /** If the machine resolves its own name to loopback, peers use another address. The probe must use that, too. */
    @Test
    void resolve_ownNameThatIsLoopbackHere_leadsWherePeersReachIt() throws Exception {
        List<InetAddress> machine = addresses("10.0.0.11", "203.0.113.5");
        assertThat(resolver(false, machine, "127.0.1.1").resolve("app1"))
                .containsExactlyElementsOf(addresses("10.0.0.11", "127.0.1.1"));
        assertThat(resolver(false, machine, "10.0.0.12").resolve("app1"))
                .containsExactlyElementsOf(addresses("10.0.0.12"));
        assertThat(resolver(true, machine, "127.0.1.1").resolve("app1"))
                .containsExactlyElementsOf(addresses("127.0.1.1"));
        assertThatExceptionOfType(RefusedAddressException.class)
                .isThrownBy(() -> resolver(false, machine, "127.0.1.1").resolve("app2"));
    }
}
