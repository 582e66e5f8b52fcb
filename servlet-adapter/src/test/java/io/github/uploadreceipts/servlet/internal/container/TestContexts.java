package io.github.uploadreceipts.servlet.internal.container;

import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentManager;
import jakarta.servlet.ServletContext;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.core.StandardEngine;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.core.StandardService;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;

/** Contexts of applications in containers that are not started. */
final class TestContexts {

    private TestContexts() {}

    static ServletContext undertow() {
        DeploymentManager manager = Servlets.newContainer()
                .addDeployment(Servlets.deployment()
                        .setClassLoader(TestContexts.class.getClassLoader())
                        .setDeploymentName("test")
                        .setContextPath("/"));
        manager.deploy();
        return manager.getDeployment().getServletContext();
    }

    static ServletContext jetty() {
        return new ServletContextHandler().getServletContext();
    }

    static ServletContext tomcat() {
        StandardEngine engine = new StandardEngine();
        engine.setService(new StandardService());
        StandardHost host = new StandardHost();
        host.setParent(engine);
        StandardContext context = new StandardContext();
        context.setParent(host);
        return context.getServletContext();
    }
}
