package io.github.uploadreceipts.samples.node;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.Ports;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** Two nodes as their README says: the program with a configuration file, and the nginx in front of it. */
final class Nodes implements Closeable {

    static final String KEY = "0123456789abcdef0123456789abcdef";

    private final Path directory;
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Process> processes = new ArrayList<>();
    private final List<Integer> publicPorts = List.of(Ports.free(), Ports.free());
    private final List<Integer> peerPorts = List.of(Ports.free(), Ports.free());

    private Nodes(Path directory) throws IOException {
        this.directory = directory;
    }

    /**
     * Starts two nodes.
     *
     * @param more lines of their configuration
     */
    static Nodes start(Path directory, String... more) throws Exception {
        Nodes nodes = new Nodes(directory);
        try {
            KeyRing.generate("files").write(directory.resolve("receipts.json"));
            Path keys = Files.writeString(directory.resolve("api-keys"), KEY + "\n");
            Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x")); // nginx reads files
            nodes.startNode(0, more);
            nodes.startNode(1, more);
            return nodes;
        } catch (Exception | AssertionError e) {
            nodes.close();
            throw e;
        }
    }

    private void startNode(int index, String... more) throws Exception {
        int port = Ports.free();
        Path store = directory.resolve("store-" + index);
        Path config = directory.resolve("node-" + index + ".properties");
        List<String> lines = new ArrayList<>(List.of(
                "node.listen=127.0.0.1:" + port,
                "node.api-keys=" + directory.resolve("api-keys"),
                "node.links-url=" + url(index) + "/s/",
                "key-ring=" + directory.resolve("receipts.json"),
                "store=" + store,
                "internal-url=http://127.0.0.1:" + peerPorts.get(index),
                "peers=http://127.0.0.1:" + peerPorts.get(0) + " http://127.0.0.1:" + peerPorts.get(1),
                "peer-ports=" + peerPorts.get(0) + " " + peerPorts.get(1),
                "development-mode=true",
                "delivery=x-accel-redirect:/stored/",
                "file-mode=rw-r--r--",
                "encrypt-receipts=true",
                "at-rest=sealed"));
        lines.addAll(List.of(more));
        Files.write(config, lines);
        Process process = start(
                "node-" + index,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                "target/node.jar",
                "--config",
                config.toString());
        awaitReady(process, "ready http://127.0.0.1:" + port + "/");
        startNginx(index, port, store);
    }

    private Process start(String name, String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectError(directory.resolve(name + ".log").toFile())
                .start();
        processes.add(process);
        return process;
    }

    private static void awaitReady(Process process, String line) throws IOException {
        BufferedReader lines = process.inputReader();
        for (String said = lines.readLine(); said != null; said = lines.readLine()) {
            if (said.equals(line)) {
                return;
            }
        }
        throw new IOException("the program ended");
    }

    private void startNginx(int index, int port, Path store) throws Exception {
        Path own = Files.createDirectories(directory.resolve("nginx-" + index));
        String servers = Files.readString(Path.of("front/nginx.conf"))
                .replace("127.0.0.1:8080", "127.0.0.1:" + port)
                .replace("listen 80;", "listen 127.0.0.1:" + publicPorts.get(index) + ";")
                .replace("listen 10.0.0.11:8079;", "listen 127.0.0.1:" + peerPorts.get(index) + ";")
                .replace("/var/lib/uploads/uploads/", store + "/uploads/");
        Files.writeString(own.resolve("servers.conf"), servers);
        Files.writeString(own.resolve("nginx.conf"), """
                user root;
                worker_processes 1;
                pid nginx.pid;
                error_log error.log warn;
                events {}
                http {
                    access_log off;
                    include servers.conf;
                }
                """);
        start("nginx-" + index, "nginx", "-p", own + "/", "-c", "nginx.conf", "-g", "daemon off;");
        Await.until("nginx listens", () -> isListening(publicPorts.get(index)) && isListening(peerPorts.get(index)));
    }

    private static boolean isListening(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns where people and applications reach a node. */
    String url(int index) {
        return "http://127.0.0.1:" + publicPorts.get(index);
    }

    Path keyRing() {
        return directory.resolve("receipts.json");
    }

    Path store(int index) {
        return directory.resolve("store-" + index);
    }

    /** Asks the API of a node. */
    HttpResponse<String> ask(int index, String path, String json) throws Exception {
        return send(request(url(index) + "/api/" + path)
                .header("Authorization", "Bearer " + KEY)
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build());
    }

    static HttpRequest.Builder request(String url) {
        return HttpRequest.newBuilder(URI.create(url));
    }

    HttpResponse<String> send(HttpRequest request) throws Exception {
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() {
        processes.forEach(Process::destroy);
    }
}
