package io.github.uploadreceipts.samples.benchmarks;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.startup.Tomcat;
import org.eclipse.jetty.server.Server;

/**
 * Compares ways to receive uploads, each on its own port. All write to one directory, and none forces its files to
 * disk.
 */
final class Receiving implements Contestants {

    private static final Logger CONTAINERS = Logger.getLogger("org"); // the log manager's reference is weak

    private final Path directory;
    private final UploadHost host;
    private final BareLoop bareLoop;
    private final Server jetty;
    private final Tomcat tomcat;
    private final Tomcat plainTomcat;
    private final List<Contestant> all;

    private Receiving(Path directory) throws Exception {
        CONTAINERS.setLevel(Level.SEVERE);
        this.directory = directory;
        this.host = UploadHost.builder(
                        KeyRing.generate("benchmark"),
                        LocalUploadStore.builder(directory.resolve("store"))
                                .durability(Durability.BUFFERED)
                                .open())
                .internalUrl("http://127.0.0.1:1")
                .developmentMode()
                .build();
        Files.createDirectories(directory.resolve("plain"));
        this.bareLoop = new BareLoop(directory.resolve("plain"));
        this.jetty = Jetty.start(0, Map.of("/uploads/*", filter()), new HttpServlet() {});
        this.tomcat =
                Tomcats.start(0, directory.resolve("tomcat"), Map.of("/uploads/*", filter()), new HttpServlet() {});
        this.plainTomcat =
                Tomcats.start(0, directory.resolve("plain-tomcat"), Map.of(), new GetParts(directory.resolve("plain")));
        int jettyPort = Jetty.port(jetty);
        int tomcatPort = tomcat.getConnector().getLocalPort();
        this.all = List.of(
                new Contestant("bare loop, SHA-256", bareLoop.port(), "raw"),
                new Contestant("upload receipts on Jetty, raw", jettyPort, "raw"),
                new Contestant("upload receipts on Jetty, multipart", jettyPort, "multipart"),
                new Contestant("upload receipts on Tomcat, raw", tomcatPort, "raw"),
                new Contestant("upload receipts on Tomcat, multipart", tomcatPort, "multipart"),
                new Contestant(
                        "Tomcat getParts + write, no digest",
                        plainTomcat.getConnector().getLocalPort(),
                        "multipart"));
    }

    static Receiving start(Path directory) throws Exception {
        return new Receiving(directory);
    }

    @Override
    public List<Contestant> all() {
        return all;
    }

    private Filter filter() {
        return UploadFilter.create(host, UploadPolicy.anyone(UploadLimits.defaults()));
    }

    /** Receives as an application does without our library. It computes no digest. */
    private static final class GetParts extends HttpServlet {

        private static final long serialVersionUID = 1;

        private final transient Path target;

        GetParts(Path target) {
            this.target = target;
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            int count = 0;
            for (Part part : request.getParts()) {
                part.write(target.resolve("part" + count++).toString());
            }
            response.setStatus(HttpServletResponse.SC_CREATED);
        }
    }

    @Override
    public void deleteFiles() throws IOException {
        Contestants.deleteFiles(directory.resolve("plain"));
        Contestants.deleteFiles(directory.resolve("store/uploads"));
    }

    @Override
    public void close() throws IOException {
        try {
            jetty.stop();
            tomcat.stop();
            plainTomcat.stop();
        } catch (Exception e) {
            throw new IOException("a server does not stop", e);
        }
        bareLoop.close();
        host.close();
    }
}
