package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.samples.album.Client.Response;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program, with OpenStack Swift as its store. */
class StorageIT {

    private static final byte[] SMALL = Bytes.random(20_000, 1);
    private static final byte[] LARGE = Bytes.random(20 << 20, 2);

    @TempDir
    private Path directory;

    private final Client client = new Client();

    private Process start(SwiftServer swift) throws IOException {
        ProcessBuilder program = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                "target/album.jar",
                "--ports",
                "0,0,0",
                "--dir",
                directory.resolve("data").toString(),
                "--storage",
                "swift:" + swift.accountUrl() + "/album");
        program.environment()
                .putAll(Map.of(
                        "ST_AUTH", swift.loginUrl(), "ST_USER", SwiftServer.USER, "ST_KEY", SwiftServer.PASSWORD));
        return program.redirectError(directory.resolve("errors").toFile()).start();
    }

    private List<String> awaitReady(Process process) throws IOException {
        BufferedReader lines = process.inputReader();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("ready ")) {
                return Stream.of(line.substring("ready ".length()).split(" ", -1))
                        .map(url -> url.substring(0, url.length() - 1))
                        .toList();
            }
        }
        throw new IOException("the program ended: " + Files.readString(directory.resolve("errors")));
    }

    @Test
    void hostStopped_albumOfItsPhotos_fromAnotherHost() throws Exception {
        try (SwiftServer swift = SwiftServer.start(Files.createDirectory(directory.resolve("swift")))) {
            swift.createContainer("album");
            Process process = start(swift);
            try {
                List<String> hosts = awaitReady(process);
                List<String> receipts = List.of(
                        client.upload(hosts.get(1), "large.bin", "application/octet-stream", LARGE),
                        client.upload(hosts.get(0), "small.bin", "application/octet-stream", SMALL));
                assertThat(client.post(hosts.get(0) + "/fleet/hosts/2/stop", "").status())
                        .isEqualTo(200);

                Response album = client.submit(hosts.get(2), receipts, "order-1");
                assertThat(album.status()).as(album.text()).isEqualTo(200);
                assertThat(Client.each(album.json(), "name")).containsExactly("large.bin", "small.bin");

                assertThat(swift.request("GET", "/album?prefix=data/").body())
                        .as("uploads are discarded after use")
                        .isEmpty();
                Response another = client.submit(hosts.get(2), receipts, "order-2");
                assertThat(another.status()).isGreaterThanOrEqualTo(400);
            } finally {
                process.destroy();
                process.waitFor();
            }
        }
    }
}
