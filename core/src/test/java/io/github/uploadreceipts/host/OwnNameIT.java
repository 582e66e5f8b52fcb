package io.github.uploadreceipts.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.uploadreceipts.internal.peer.MachineAddresses;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.store.LocalUploadStore;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine whose own name is loopback to itself, as Debian's {@code /etc/hosts} says. */
class OwnNameIT {

    @TempDir
    Path directory;

    @Test
    void ownName_isAccepted_andOtherNamesOfLoopbackAreNot() throws Exception {
        List<InetAddress> addresses = MachineAddresses.reachable();
        assumeFalse(addresses.isEmpty(), "this machine has no address but loopback");
        String name = InetAddress.getLocalHost()
                .getHostName()
                .toLowerCase(Locale.ROOT)
                .split("\\.", 2)[0];
        Path hosts = directory.resolve("hosts");
        Files.writeString(hosts, "127.0.0.1 localhost\n127.0.1.1 " + name + ".lan " + name + "\n127.0.1.2 other.lan\n");

        List<String> said = run(
                hosts, "http://" + name + ":8079", "http://" + name + ".lan:8079", "default", "http://other.lan:8079");

        assertThat(said.get(0)).isEqualTo("http://" + name + ":8079");
        assertThat(said.get(1)).isEqualTo("http://" + name + ".lan:8079");
        assertThat(said.get(2)).startsWith("http://" + name).endsWith(":8080");
        assertThat(said.get(3))
                .startsWith("internal URL http://other.lan:8079 is this machine's loopback")
                .contains("This machine's addresses: ")
                .contains(addresses.get(0).getHostAddress());
        assertThat(Files.readString(directory.resolve("log")))
                .contains("WARNING: internal URL http://" + name + ":8079: on this machine its own name means loopback")
                .contains("one of this machine's addresses: " + addresses.get(0).getHostAddress());
    }

    private List<String> run(Path hosts, String... urls) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djdk.net.hosts.file=" + hosts,
                "-cp",
                System.getProperty("java.class.path"),
                OwnNameIT.class.getName(),
                directory.resolve("store").toString()));
        command.addAll(List.of(urls));
        Process process = new ProcessBuilder(command)
                .redirectError(directory.resolve("log").toFile())
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(Files.readString(directory.resolve("log")))
                .isZero();
        return said.lines().toList();
    }

    /** {@code STORE URL...}: starts a host at each URL, and prints its URL, or why it does not start. */
    public static void main(String[] arguments) throws Exception {
        for (String url : List.of(arguments).subList(1, arguments.length)) {
            UploadHost.Builder builder =
                    UploadHost.builder(KeyRing.generate("photos"), LocalUploadStore.at(Path.of(arguments[0])));
            try (UploadHost host = url.equals("default")
                    ? builder.build()
                    : builder.internalUrl(url).build()) {
                System.out.println(host.internalUrl());
            } catch (IllegalStateException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
