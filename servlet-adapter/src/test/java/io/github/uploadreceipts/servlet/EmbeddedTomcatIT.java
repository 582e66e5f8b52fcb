package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.testing.RecordedLog;
import java.nio.file.Path;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An embedded Tomcat, which has no servlet of its own. It runs filters only where a servlet is mapped. */
class EmbeddedTomcatIT {

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void start_withoutServlet_isHinted(boolean servlet) throws Exception {
        RecordedLog log = RecordedLog.of("io.github.uploadreceipts");
        AdapterFixture fixture = new AdapterFixture(directory.resolve("store"));
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(directory.toString());
        Connector connector = new Connector();
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        tomcat.setConnector(connector);
        StandardContext context = (StandardContext) tomcat.addContext("", directory.toString());
        addPeers(context, DeliveryFilter.create(fixture.host));
        if (servlet) {
            Tomcat.addServlet(context, "default", new DefaultServlet());
            context.addServletMapping("/", "default");
        }
        tomcat.start();
        try (Wire wire = new Wire(connector.getLocalPort())) {
            wire.send("GET /internal/uploads/2030-01-01T00/AAECAwQFBgcICQoLDA0ODw HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(wire.response().status()).isEqualTo(servlet ? 401 : 404);
            assertThat(log.messages())
                    .filteredOn(line -> line.startsWith("filter peers will not run: Tomcat runs filters only where a"
                            + " servlet is mapped, and this application has none. Add one at /, such as Tomcat's"))
                    .hasSize(servlet ? 0 : 1);
        } finally {
            tomcat.stop();
            tomcat.destroy();
            fixture.close();
            log.close();
        }
    }

    private static void addPeers(StandardContext context, DeliveryFilter filter) {
        FilterDef definition = new FilterDef();
        definition.setFilterName("peers");
        definition.setFilter(filter);
        context.addFilterDef(definition);
        FilterMap map = new FilterMap();
        map.setFilterName("peers");
        map.addURLPattern("/internal/uploads/*");
        context.addFilterMap(map);
    }
}
