package io.github.uploadreceipts.samples.album;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** nginx, which handles {@code X-Accel-Redirect}. */
final class Nginx extends FrontServer {

    static final String SNIPPET = "nginx-upload-receipts.conf";

    Nginx(Setup setup) throws IOException {
        super(require("nginx", "nginx-light"), setup, List.of("nginx.conf", SNIPPET), examples(setup));
    }

    private static Map<String, String> examples(Setup setup) throws IOException {
        return Map.of(
                "listen 80;", "listen 127.0.0.1:" + setup.port() + ";",
                "listen 10.0.0.11:8079;", "listen 127.0.0.1:" + setup.peerPort() + ";",
                "127.0.0.1:8080", "127.0.0.1:" + setup.upstreamPort(),
                "/var/lib/photos/uploads/", '"' + uploads(setup) + "/\"");
    }

    @Override
    List<String> command(Path program, Path directory, String mainFile) {
        return List.of(
                program.toString(), "-p", directory + "/", "-c", mainFile, "-e", "error.log", "-g", "daemon off;");
    }
}
