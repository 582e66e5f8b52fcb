package io.github.uploadreceipts.servlet;

import jakarta.servlet.Filter;
import jakarta.servlet.MultipartConfigElement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;

/** Tomcat, in the version of the class path. */
final class TomcatServer implements ContainerServer {

    private static final Logger LOG = Logger.getLogger("org.apache"); // an unreferenced logger loses its level

    /** @param version the beginning of the expected version number */
    TomcatServer(String version) {
        if (!ServerInfo.getServerNumber().startsWith(version)) {
            throw new IllegalStateException("not " + version + " but " + ServerInfo.getServerNumber());
        }
    }

    @Override
    public Container.Running start(Container.App app) throws Exception {
        LOG.setLevel(Level.OFF); // tests start applications that fail on purpose
        Path base = Files.createTempDirectory("tomcat");
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(base.toString());
        Connector connector = connector(app);
        tomcat.setConnector(connector);
        StandardContext context = (StandardContext) tomcat.addContext("", base.toString());
        context.setClearReferencesThreadLocals(false);
        context.setClearReferencesRmiTargets(false);
        app.contextParams().forEach(context::addParameter);
        app.filters().forEach((path, filter) -> addFilter(context, app, path, filter));
        Wrapper servlet = Tomcat.addServlet(context, "app", app.servlet());
        servlet.setAsyncSupported(app.async());
        servlet.setMultipartConfigElement(new MultipartConfigElement(""));
        context.addServletMapping("/", "app");
        tomcat.start();
        Container.Running running = new Container.Running(connector.getLocalPort(), () -> {
            tomcat.stop();
            tomcat.destroy();
            deleteTree(base);
        });
        if (context.getState() != LifecycleState.STARTED) {
            running.close();
            throw new IllegalStateException("the application did not start");
        }
        return running;
    }

    private static Connector connector(Container.App app) {
        Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("continueResponseTiming", "onRead");
        connector.setProperty("maxSwallowSize", "0");
        connector.setProperty("socket.appReadBufSize", Integer.toString(Container.INPUT_BUFFER));
        connector.setProperty("maxThreads", Integer.toString(app.threads()));
        connector.setProperty("connectionTimeout", Long.toString(app.idle().toMillis()));
        connector.setProperty("acceptCount", Integer.toString(Container.BACKLOG));
        connector.setProperty("useAsyncIO", "false");
        connector.addUpgradeProtocol(new Http2Protocol());
        return connector;
    }

    private static void addFilter(StandardContext context, Container.App app, String path, Filter filter) {
        FilterDef definition = new FilterDef();
        definition.setFilterName(path);
        definition.setFilter(filter);
        definition.setAsyncSupported(Boolean.toString(app.async()));
        app.initParams().forEach(definition::addInitParameter);
        context.addFilterDef(definition);
        FilterMap map = new FilterMap();
        map.setFilterName(path);
        map.addURLPattern(path);
        context.addFilterMap(map);
    }

    private static void deleteTree(Path directory) throws IOException {
        try (var paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
