package io.github.uploadreceipts.servlet.testing;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.ResponseCodeHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.FilterInfo;
import io.undertow.servlet.api.ServletInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.MultipartConfigElement;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.xnio.Options;

/** Undertow with its servlet container. */
final class UndertowServer implements ContainerServer {

    private static final Logger LOG = Logger.getLogger("io.undertow"); // an unreferenced logger loses its level

    private final Undertow undertow;
    private final AtomicInteger requests = new AtomicInteger();
    private volatile HttpHandler application = ResponseCodeHandler.HANDLE_404;

    UndertowServer(Container.Connector settings) {
        LOG.setLevel(Level.OFF); // tests start applications that fail on purpose
        undertow = Undertow.builder()
                .addHttpListener(settings.port(), "127.0.0.1")
                .setServerOption(UndertowOptions.ENABLE_HTTP2, true)
                .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L)
                .setServerOption(UndertowOptions.MULTIPART_MAX_ENTITY_SIZE, -1L)
                .setSocketOption(Options.READ_TIMEOUT, (int) settings.idle().toMillis())
                .setSocketOption(Options.BACKLOG, Container.BACKLOG)
                .setSocketOption(Options.CONNECTION_HIGH_WATER, settings.connections())
                .setSocketOption(Options.CONNECTION_LOW_WATER, settings.connections())
                .setBufferSize(settings.inputBuffer())
                .setWorkerThreads(settings.threads())
                .setHandler(exchange -> handle(exchange, settings.statuses()))
                .build();
    }

    private void handle(HttpServerExchange exchange, IntConsumer statuses) throws Exception {
        requests.incrementAndGet();
        exchange.addExchangeCompleteListener((ended, next) -> {
            requests.decrementAndGet();
            statuses.accept(ended.getStatusCode());
            next.proceed();
        });
        application.handleRequest(exchange);
    }

    @Override
    public void listen() {
        undertow.start();
    }

    @Override
    public int port() {
        return ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
    }

    @Override
    public Container.Stop deploy(Container.App app) throws Exception {
        DeploymentManager manager = Servlets.newContainer().addDeployment(deployment(app));
        manager.deploy();
        application = manager.start();
        return () -> {
            application = ResponseCodeHandler.HANDLE_404;
            manager.stop();
            manager.undeploy();
        };
    }

    @Override
    public boolean isIdle() {
        return requests.get() == 0;
    }

    @Override
    public void stop() {
        undertow.stop();
    }

    private static DeploymentInfo deployment(Container.App app) {
        DeploymentInfo deployment = Servlets.deployment()
                .setClassLoader(UndertowServer.class.getClassLoader())
                .setDeploymentName("app")
                .setContextPath("/")
                .setEagerFilterInit(true);
        app.contextParams().forEach(deployment::addInitParameter);
        app.filters().forEach((path, filter) -> {
            FilterInfo info = new FilterInfo(path, filter.getClass(), new ImmediateInstanceFactory<>(filter));
            info.setAsyncSupported(app.async());
            app.initParams().forEach(info::addInitParam);
            deployment.addFilter(info);
            for (String pattern : path.split(" ", -1)) {
                deployment.addFilterUrlMapping(path, pattern, DispatcherType.REQUEST);
                deployment.addFilterUrlMapping(path, pattern, DispatcherType.ASYNC);
            }
        });
        ServletInfo servlet =
                new ServletInfo("app", app.servlet().getClass(), new ImmediateInstanceFactory<>(app.servlet()));
        return deployment.addServlet(servlet.addMapping("/")
                .setAsyncSupported(app.async())
                .setMultipartConfig(new MultipartConfigElement("")));
    }
}
