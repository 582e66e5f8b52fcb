package io.github.uploadreceipts.samples.album;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Apache httpd with mod_xsendfile, which handles {@code X-Sendfile}. */
final class Apache extends FrontServer {

    static final String SNIPPET = "apache-upload-receipts.conf";

    Apache(Setup setup) throws IOException {
        super(
                require("apache2", "apache2 libapache2-mod-xsendfile"),
                setup,
                List.of("apache.conf", SNIPPET),
                examples(setup));
    }

    private static Map<String, String> examples(Setup setup) throws IOException {
        return Map.of(
                "Listen 127.0.0.1:80\n", "Listen 127.0.0.1:" + setup.port() + "\n",
                "*:80>", "127.0.0.1:" + setup.port() + ">",
                "10.0.0.11:8079", "127.0.0.1:" + setup.peerPort(),
                "127.0.0.1:8080", "127.0.0.1:" + setup.upstreamPort(),
                "/var/lib/photos/uploads", '"' + uploads(setup) + '"');
    }

    @Override
    List<String> command(Path program, Path directory, String mainFile) {
        return List.of(
                program.toString(),
                "-d",
                directory.toString(),
                "-f",
                directory.resolve(mainFile).toString(),
                "-DFOREGROUND");
    }
}
