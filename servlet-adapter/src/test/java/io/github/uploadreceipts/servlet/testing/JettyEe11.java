package io.github.uploadreceipts.servlet.testing;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.MultipartConfigElement;
import java.util.EnumSet;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Handler;

/** Jetty's environment for Jakarta EE 11. */
final class JettyEe11 {

    private JettyEe11() {}

    static Handler handler(Container.App app) {
        ServletContextHandler context = new ServletContextHandler("/");
        app.contextParams().forEach(context::setInitParameter);
        app.filters().forEach((path, filter) -> {
            FilterHolder holder = new FilterHolder(filter);
            holder.setAsyncSupported(app.async());
            app.initParams().forEach(holder::setInitParameter);
            for (String pattern : path.split(" ", -1)) {
                context.addFilter(holder, pattern, EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC));
            }
        });
        ServletHolder servlet = new ServletHolder(app.servlet());
        servlet.setAsyncSupported(app.async());
        servlet.getRegistration().setMultipartConfig(new MultipartConfigElement(""));
        context.addServlet(servlet, "/");
        return context;
    }
}
