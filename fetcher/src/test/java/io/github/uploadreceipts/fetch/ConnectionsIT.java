package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.testing.Strace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The connections that a fetcher's process opens, traced as system calls, so that failed ones count too. */
final class ConnectionsIT {

    private static final Pattern TARGET =
            Pattern.compile("htons\\((\\d+)\\).*(?:inet_addr\\(\"|inet_pton\\(AF_INET6, \")([^\"]+)");

    @TempDir
    private Path directory;

    /** Redirects every request to an address that is not allowed. */
    private static void redirect(ServerSocket server) {
        Thread thread = new Thread(() -> {
            while (true) {
                try (Socket socket = server.accept()) {
                    socket.getInputStream().readNBytes(16);
                    ScriptedPeer.write(
                            socket.getOutputStream(),
                            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.7:" + server.getLocalPort()
                                    + "/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                    socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    if (server.isClosed()) {
                        return;
                    }
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static Map<String, String> outcomes(int port) {
        Map<String, String> outcomes = new LinkedHashMap<>();
        for (String address : List.of(
                "127.0.0.1",
                "2130706433",
                "127.0.0.3",
                "localhost",
                "0.0.0.0",
                "169.254.169.254",
                "8.8.8.8",
                "224.0.0.1",
                "255.255.255.255",
                "[::]",
                "[::1]",
                "[::ffff:127.0.0.1]",
                "[::ffff:8.8.8.8]",
                "[::ffff:7f00:1]",
                "[::127.0.0.1]",
                "[::127.0.0.2]",
                "[::7f00:2]",
                "[64:ff9b::7f00:2]",
                "[64:ff9b::127.0.0.2]",
                "[2002:7f00:2::]",
                "[2002:a00:1::1]",
                "[fe80::1]",
                "[fec0::1]",
                "[ff02::1]",
                "[2001:db8::1]")) {
            outcomes.put(address + ":" + port, "NOT_ALLOWED NOT_ALLOWED NOT_ALLOWED");
        }
        for (String noLocation : List.of(
                "127.1:" + port,
                "0x7f.1:" + port,
                "127%2e0.0.2:" + port,
                "127.0.0.2%00.lan:" + port,
                "peer_1.lan:" + port,
                "user@127.0.0.2:" + port,
                "127.0.0.2:" + port + "@127.0.0.1:" + port,
                "[fe80::1%25lo]:" + port,
                "127.0.0.2:" + port + "/%2e%2e",
                "127.0.0.2:" + port + "/..",
                "127.0.0.2:" + port + "?x",
                "127.0.0.2:" + port + "#x")) {
            outcomes.put(noLocation, "NO_LOCATION NO_LOCATION");
        }
        outcomes.put(
                ConnectionsProgram.ALLOWED + ":" + (port == 65_535 ? 1 : port + 1),
                "NOT_ALLOWED NOT_ALLOWED NOT_ALLOWED");
        outcomes.put(ConnectionsProgram.ALLOWED + ":22", "NOT_ALLOWED NOT_ALLOWED NOT_ALLOWED");
        outcomes.put("rebound.lan:" + port, "REFUSED NOT_ALLOWED NOT_ALLOWED");
        outcomes.put(ConnectionsProgram.ALLOWED + ":" + port, "REFUSED REFUSED 302");
        outcomes.put("two-faced.lan:" + port, "REFUSED REFUSED 302"); // at the one of its addresses that is allowed
        return outcomes;
    }

    @Test
    void fetch_anyAddress_connectsToAllowedOnesOnly() throws Exception {
        Strace.require();
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName(ConnectionsProgram.ALLOWED))) {
            redirect(server);
            int port = server.getLocalPort();
            Map<String, String> expected = outcomes(port);
            List<String> command = Strace.command(directory, "-e", "trace=connect");
            command.addAll(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-DsocksProxyHost=127.0.0.5",
                    "-DsocksNonProxyHosts=",
                    "-Dhttp.proxyHost=127.0.0.6",
                    "-Dhttp.nonProxyHosts=",
                    "-cp",
                    System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                    ConnectionsProgram.class.getName(),
                    directory.resolve("store").toString(),
                    "" + port));
            command.addAll(expected.keySet());
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
            builder.environment().put("http_proxy", "http://127.0.0.6:3128/");

            assertThat(run(builder)).isEqualTo(expected);
            assertThat(targets(Strace.lines(directory)))
                    .containsExactly(Map.entry(ConnectionsProgram.ALLOWED + ":" + port, 7));
        }
    }

    private static Map<String, String> run(ProcessBuilder builder) throws IOException {
        Map<String, String> outcomes = new LinkedHashMap<>();
        Process process = builder.start();
        for (String line :
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
            int space = line.indexOf(' ');
            if (space > 0) {
                outcomes.put(line.substring(0, space), line.substring(space + 1));
            }
        }
        return outcomes;
    }

    /** Returns the number of connections for each address and port. */
    private static Map<String, Integer> targets(List<String> trace) {
        Map<String, Integer> targets = new TreeMap<>();
        for (String line : trace) {
            Matcher target = TARGET.matcher(line);
            if (target.find()) {
                targets.merge(target.group(2).replace("::ffff:", "") + ":" + target.group(1), 1, Integer::sum);
            }
        }
        return targets;
    }
}
