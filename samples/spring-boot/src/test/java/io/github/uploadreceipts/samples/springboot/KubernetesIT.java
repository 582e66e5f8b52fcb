package io.github.uploadreceipts.samples.springboot;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.testing.Ports;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/**
 * Starts the application as the Dockerfile does, with the environment of the StatefulSet, and does to it what Kubernetes
 * would do. Only paths and port are other ones, and the internal URL may lead nowhere.
 */
class KubernetesIT {

    private static final String STORE = "/var/lib/shop";
    private static final String KEY_RING = "/etc/shop/receipts.json";

    @TempDir
    static Path directory;

    private static final HttpClient KUBELET = HttpClient.newHttpClient();
    private static Map<String, Object> pod = Map.of();
    private static Map<String, Object> container = Map.of();
    private static int port;
    private static Process host;

    @BeforeAll
    static void start() throws Exception {
        pod = at(manifest("statefulset.yaml", "StatefulSet"), "spec", "template", "spec");
        container = list(pod, "containers").get(0);
        KeyRing.generate("shop").write(directory.resolve("receipts.json"));
        port = Ports.free();
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Path image = directory.resolve("shop");
        run(
                java.toString(),
                "-Djarmode=tools",
                "-jar",
                "target/spring-boot.jar",
                "extract",
                "--destination",
                image.toString());
        Files.move(image.resolve("spring-boot.jar"), image.resolve("shop.jar"));
        List<String> entrypoint = new ArrayList<>(entrypoint());
        assertThat(entrypoint.set(0, java.toString())).isEqualTo("java");
        ProcessBuilder builder = new ProcessBuilder(entrypoint)
                .directory(image.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile());
        builder.environment().putAll(environment());
        builder.environment().put("SERVER_PORT", Integer.toString(port));
        builder.environment().put("UPLOADRECEIPTS_DEVELOPMENTMODE", "true");
        host = builder.start();
        while (probe("startupProbe") != 200) {
            assertThat(host.isAlive())
                    .as(Files.readString(directory.resolve("log")))
                    .isTrue();
            Thread.sleep(100);
        }
    }

    @AfterAll
    static void stop() throws Exception {
        if (host != null) {
            host.destroy();
            assertThat(host.waitFor(120, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void probes_ofAPodThatIsDrained() throws Exception {
        assertThat(probe("livenessProbe")).isEqualTo(200);
        assertThat(probe("readinessProbe")).isEqualTo(200);
        List<String> preStop =
                strings(at(container, "lifecycle", "preStop", "exec").get("command"));
        assertThat(preStop.get(2)).startsWith("touch " + STORE + "/drain && sleep ");
        run("touch", here(STORE + "/drain"));
        assertThat(probe("readinessProbe")).isEqualTo(503);
        assertThat(probe("livenessProbe")).isEqualTo(200);
        run(strings(list(pod, "initContainers").get(0).get("command")).stream()
                .map(KubernetesIT::here)
                .toArray(String[]::new));
        assertThat(probe("readinessProbe")).isEqualTo(200);
    }

    @Test
    void paths_areOnVolumes() {
        assertThat(list(container, "volumeMounts").stream().map(mount -> mount.get("mountPath")))
                .contains(STORE, Path.of(KEY_RING).getParent().toString(), "/tmp");
        assertThat(environment()).containsEntry("UPLOADRECEIPTS_STORE_DIRECTORY", here(STORE));
    }

    /** The name in the internal URL is that of the headless Service, and the peers are all pods. */
    @Test
    void internalUrl_isTheNameOfThePod() throws Exception {
        Map<String, Object> set = manifest("statefulset.yaml", "StatefulSet");
        String url = environment().get("UPLOADRECEIPTS_INTERNALURL");
        assertThat(url)
                .isEqualTo("http://shop-1." + at(set, "spec").get("serviceName") + ".web.svc.cluster.local:8080");
        List<String> peers = List.of(environment().get("UPLOADRECEIPTS_PEERS").split(", ", -1));
        assertThat(peers).hasSize((int) at(set, "spec").get("replicas")).contains(url);
        assertThat(documents("services.yaml"))
                .anySatisfy(service -> assertThat(at(service, "metadata"))
                        .containsEntry("name", at(set, "spec").get("serviceName")));
    }

    private static int probe(String name) throws IOException, InterruptedException {
        String path = at(container, name, "httpGet").get("path").toString();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build();
        try {
            return KUBELET.send(request, BodyHandlers.discarding()).statusCode();
        } catch (ConnectException e) {
            return 0;
        }
    }

    private static Map<String, String> environment() {
        Map<String, String> values = new HashMap<>();
        for (Map<String, Object> variable : list(container, "env")) {
            if (variable.containsKey("value")) {
                values.put(
                        variable.get("name").toString(),
                        here(variable.get("value").toString()));
            }
        }
        return values;
    }

    /** Returns a text of the manifest as it is for one pod, with the paths of this test. */
    private static String here(String text) {
        return text.replace(STORE, directory.resolve("store").toString())
                .replace(KEY_RING, directory.resolve("receipts.json").toString())
                .replace("$(POD_NAME)", "shop-1")
                .replace("$(POD_NAMESPACE)", "web");
    }

    private static List<String> entrypoint() throws IOException {
        String line = Files.readAllLines(Path.of("Dockerfile")).stream()
                .filter(instruction -> instruction.startsWith("ENTRYPOINT "))
                .findFirst()
                .orElseThrow();
        return strings(new Yaml().load(line.substring("ENTRYPOINT ".length())));
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    private static Map<String, Object> manifest(String file, String kind) throws IOException {
        return documents(file)
                .filter(document -> document.get("kind").equals(kind))
                .findFirst()
                .orElseThrow();
    }

    @SuppressWarnings("unchecked")
    private static Stream<Map<String, Object>> documents(String file) throws IOException {
        String text = Files.readString(Path.of("k8s", file));
        return StreamSupport.stream(new Yaml().loadAll(text).spliterator(), false)
                .map(document -> (Map<String, Object>) document);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> at(Map<String, Object> document, String... path) {
        Map<String, Object> found = document;
        for (String name : path) {
            found = (Map<String, Object>) found.get(name);
        }
        return found;
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(Map<String, Object> document, String name) {
        return (List<Map<String, Object>>) document.get(name);
    }

    @SuppressWarnings("unchecked")
    private static List<String> strings(Object list) {
        return (List<String>) list;
    }
}
