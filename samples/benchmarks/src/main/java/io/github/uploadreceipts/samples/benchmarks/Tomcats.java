package io.github.uploadreceipts.samples.benchmarks;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;

/** A Tomcat with the settings that the documentation recommends. */
final class Tomcats {

    private static final String MOST_CONNECTIONS = "20000"; // 8,192 by default: further clients would wait

    private Tomcats() {}

    /** Starts a Tomcat with these filters, which are keyed by their URL patterns, and a servlet for all other paths. */
    static Tomcat start(int port, Path base, Map<String, Filter> filters, HttpServlet servlet)
            throws IOException, LifecycleException {
        Files.createDirectories(base);
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(base.toString());
        Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
        connector.setPort(port);
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("socket.appReadBufSize", Integer.toString(Jetty.INPUT_BUFFER));
        connector.setProperty("continueResponseTiming", "onRead");
        connector.setProperty("maxSwallowSize", "0");
        connector.setProperty("maxConnections", MOST_CONNECTIONS);
        connector.setMaxPostSize(-1);
        tomcat.setConnector(connector);
        Context context = tomcat.addContext("", base.toString());
        filters.forEach((pattern, filter) -> add(context, pattern, filter));
        Wrapper wrapper = Tomcat.addServlet(context, "app", servlet);
        wrapper.setAsyncSupported(true);
        wrapper.setMultipartConfigElement(new MultipartConfigElement(base.toString()));
        context.addServletMapping("/", "app");
        tomcat.start();
        return tomcat;
    }

    private static void add(Context context, String pattern, Filter filter) {
        FilterDef definition = new FilterDef();
        definition.setFilterName(pattern);
        definition.setFilter(filter);
        definition.setAsyncSupported("true");
        context.addFilterDef(definition);
        FilterMap map = new FilterMap();
        map.setFilterName(pattern);
        map.addURLPattern(pattern);
        map.setDispatcher(DispatcherType.REQUEST.name());
        map.setDispatcher(DispatcherType.ASYNC.name());
        context.addFilterMap(map);
    }
}
