package io.github.uploadreceipts.servlet.testing;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.function.IntConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.AccessLog;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.apache.tomcat.util.modeler.Registry;
import org.apache.tomcat.util.threads.ThreadPoolExecutor;

/** Tomcat, in the version of the class path. */
final class TomcatServer implements ContainerServer {

    private static final Logger LOG = Logger.getLogger("org.apache"); // an unreferenced logger loses its level

    static {
        Registry.disableRegistry(); // two servers that deploy at once would take each other's names
    }

    private final Path base = Files.createTempDirectory("tomcat");
    private final Tomcat tomcat = new Tomcat();
    private final Connector connector;

    /** @param version the beginning of the expected version number */
    TomcatServer(String version, Container.Connector settings) throws Exception {
        if (!ServerInfo.getServerNumber().startsWith(version)) {
            throw new IllegalStateException("not " + version + " but " + ServerInfo.getServerNumber());
        }
        LOG.setLevel(Level.OFF); // tests start applications that fail on purpose
        tomcat.setBaseDir(base.toString());
        connector = connector(settings);
        tomcat.getHost().getPipeline().addValve(new StatusLog(settings.statuses()));
        tomcat.start();
    }

    private static Connector connector(Container.Connector settings) {
        Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
        connector.setPort(settings.port());
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("continueResponseTiming", "onRead");
        connector.setProperty("maxSwallowSize", "0");
        connector.setProperty("socket.appReadBufSize", Integer.toString(settings.inputBuffer()));
        connector.setProperty("maxConnections", Integer.toString(settings.connections()));
        connector.setProperty("maxThreads", Integer.toString(settings.threads()));
        connector.setProperty("connectionTimeout", Long.toString(settings.idle().toMillis()));
        connector.setProperty("acceptCount", Integer.toString(Container.BACKLOG));
        connector.setProperty("useAsyncIO", "false");
        connector.setProperty("selectorTimeout", "20"); // ms until a closed connection is noticed; 1 s by default
        connector.addUpgradeProtocol(new Http2Protocol());
        return connector;
    }

    @Override
    public void listen() {
        tomcat.setConnector(connector);
    }

    @Override
    public int port() {
        return connector.getLocalPort();
    }

    @Override
    public Container.Stop deploy(Container.App app) {
        StandardContext context = context(app);
        tomcat.getHost().addChild(context);
        if (context.getState() != LifecycleState.STARTED) {
            tomcat.getHost().removeChild(context);
            throw new IllegalStateException("the application did not start");
        }
        return () -> tomcat.getHost().removeChild(context);
    }

    private StandardContext context(Container.App app) {
        StandardContext context = new StandardContext();
        context.setName("");
        context.setPath("");
        context.setDocBase(base.toString());
        context.addLifecycleListener(new Tomcat.FixContextListener());
        context.setClearReferencesThreadLocals(false);
        context.setClearReferencesRmiTargets(false);
        app.contextParams().forEach(context::addParameter);
        app.filters().forEach((path, filter) -> addFilter(context, app, path, filter));
        Wrapper servlet = Tomcat.addServlet(context, "app", app.servlet());
        servlet.setAsyncSupported(app.async());
        servlet.setMultipartConfigElement(new MultipartConfigElement(""));
        context.addServletMapping("/", "app");
        return context;
    }

    @Override
    public boolean isIdle() {
        AbstractProtocol<?> protocol = (AbstractProtocol<?>) connector.getProtocolHandler();
        ThreadPoolExecutor threads = (ThreadPoolExecutor) protocol.getExecutor();
        return threads.getActiveCount() == 0 && protocol.getWaitingProcessorCount() == 0;
    }

    @Override
    public void stop() throws Exception {
        tomcat.stop();
        tomcat.destroy();
        deleteTree(base);
    }

    private static void addFilter(StandardContext context, Container.App app, String path, Filter filter) {
        FilterDef definition = new FilterDef();
        definition.setFilterName(path.replace(' ', '+'));
        definition.setFilter(filter);
        definition.setFilterClass(filter.getClass().getName()); // as ServletContext.addFilter does
        definition.setAsyncSupported(Boolean.toString(app.async()));
        app.initParams().forEach(definition::addInitParameter);
        context.addFilterDef(definition);
        FilterMap map = new FilterMap();
        map.setFilterName(definition.getFilterName());
        for (String pattern : path.split(" ", -1)) {
            map.addURLPattern(pattern);
        }
        map.setDispatcher(DispatcherType.REQUEST.name());
        map.setDispatcher(DispatcherType.ASYNC.name());
        context.addFilterMap(map);
    }

    private static void deleteTree(Path directory) throws IOException {
        try (var paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** Tomcat calls it for every complete response, including those that Tomcat itself makes. */
    private static final class StatusLog extends ValveBase implements AccessLog {

        private final IntConsumer statuses;

        StatusLog(IntConsumer statuses) {
            super(true);
            this.statuses = statuses;
        }

        @Override
        public void invoke(Request request, Response response) throws IOException, ServletException {
            getNext().invoke(request, response);
        }

        @Override
        public void log(Request request, Response response, long time) {
            statuses.accept(response.getStatus());
        }

        @Override
        public void setRequestAttributesEnabled(boolean enabled) {}

        @Override
        public boolean getRequestAttributesEnabled() {
            return false;
        }
    }
}
