package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.JWSObject;
import io.github.uploadreceipts.host.UploadHost;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/**
 * Runs an application on the module path that requires only the fetcher. The HTTP client's modules are automatic, so
 * the modules that they need are resolved only if another module requires them.
 */
final class ModulePathIT {

    private static final String MODULE = "module application { requires io.github.uploadreceipts.fetcher; }";
    private static final String PROGRAM = """
            package application;

            import io.github.uploadreceipts.fetch.PeerFetcher;
            import io.github.uploadreceipts.host.UploadHost;
            import io.github.uploadreceipts.key.KeyRing;
            import io.github.uploadreceipts.store.LocalUploadStore;
            import java.nio.file.Path;

            public final class Program {
                public static void main(String[] arguments) throws Exception {
                    LocalUploadStore store = LocalUploadStore.at(Path.of(arguments[0]));
                    try (UploadHost host = UploadHost.builder(KeyRing.generate("photos"), store)
                                    .internalUrl("http://127.0.0.1:8080")
                                    .developmentMode()
                                    .build();
                            PeerFetcher fetcher = PeerFetcher.create(host)) {
                        System.out.println(fetcher.getClass().getModule() + " works in " + Program.class.getModule());
                    }
                }
            }
            """;

    /** A class from each jar that comes with the fetcher as a dependency. */
    private static final List<Class<?>> JARS = List.of(
            PeerFetcher.class,
            UploadHost.class,
            JWSObject.class,
            ObjectMapper.class,
            JsonFactory.class,
            JsonProperty.class,
            Nullable.class,
            DnsResolver.class,
            HttpHost.class,
            HttpVersionPolicy.class,
            Logger.class);

    @TempDir
    private Path directory;

    private static String modulePath() throws URISyntaxException {
        List<String> jars = new ArrayList<>();
        for (Class<?> type : JARS) {
            jars.add(Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString());
        }
        return String.join(File.pathSeparator, jars);
    }

    private void compile(Path classes, String modulePath) throws Exception {
        Path module = Files.writeString(directory.resolve("module-info.java"), MODULE);
        Path program = Files.writeString(directory.resolve("Program.java"), PROGRAM);
        StringWriter said = new StringWriter();
        PrintWriter out = new PrintWriter(said, true);
        int status = ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(out, out, "-d", classes.toString(), "-p", modulePath, module.toString(), program.toString());
        assertThat(status).as(said.toString()).isZero();
    }

    @Test
    void create_inAnApplicationThatRequiresOnlyTheFetcher() throws Exception {
        Path classes = directory.resolve("classes");
        String modulePath = modulePath();
        compile(classes, modulePath);
        Path log = directory.resolve("log");

        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-p",
                        classes + File.pathSeparator + modulePath,
                        "-m",
                        "application/application.Program",
                        directory.resolve("store").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();

        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
            String said = Files.readString(log, StandardCharsets.UTF_8);
            assertThat(said).contains("module io.github.uploadreceipts.fetcher works in module application");
            assertThat(process.exitValue()).as(said).isZero();
        } finally {
            process.destroyForcibly();
        }
    }
}
