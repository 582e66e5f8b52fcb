package io.github.uploadreceipts.servlet.testing;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Jetty 12 with the environment for one version of Jakarta EE. */
final class JettyServer implements ContainerServer {

    private static final Logger LOG = Logger.getLogger("org.eclipse.jetty"); // an unreferenced logger loses its level

    private final Function<Container.App, Handler> environment;
    private final QueuedThreadPool threads;
    private final Server server;
    private final ServerConnector connector;
    private final AtomicInteger requests = new AtomicInteger();
    private final Handler.Wrapper root = new Handler.Wrapper(true, null) {
        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            requests.incrementAndGet();
            Request.addCompletionListener(request, failure -> requests.decrementAndGet());
            return super.handle(request, response, callback);
        }
    };

    JettyServer(Container.Connector settings, Function<Container.App, Handler> environment) throws Exception {
        LOG.setLevel(Level.SEVERE);
        this.environment = environment;
        threads = new QueuedThreadPool(settings.threads(), Math.min(settings.threads(), 8));
        server = new Server(threads);
        HttpConfiguration configuration = new HttpConfiguration();
        HttpConnectionFactory http1 = new HttpConnectionFactory(configuration);
        http1.setInputBufferSize(settings.inputBuffer());
        connector = new ServerConnector(server, http1, new HTTP2CServerConnectionFactory(configuration));
        connector.setHost("127.0.0.1");
        connector.setPort(settings.port());
        connector.setAcceptQueueSize(Container.BACKLOG);
        connector.setIdleTimeout(settings.idle().toMillis());
        server.addBean(new NetworkConnectionLimit(settings.connections(), connector));
        server.setHandler(root);
        server.setRequestLog((request, response) -> settings.statuses().accept(response.getStatus()));
        try {
            server.start();
        } catch (Exception e) {
            server.stop();
            throw e;
        }
    }

    @Override
    public void listen() throws Exception {
        server.addConnector(connector);
        connector.start();
    }

    @Override
    public int port() {
        return connector.getLocalPort();
    }

    @Override
    public Container.Stop deploy(Container.App app) throws Exception {
        Handler context = environment.apply(app);
        root.setHandler(context);
        try {
            context.start();
        } catch (Exception e) {
            undeploy(context);
            throw e;
        }
        return () -> undeploy(context);
    }

    private void undeploy(Handler context) throws Exception {
        root.setHandler((Handler) null);
        context.stop();
    }

    @Override
    public boolean isIdle() {
        return requests.get() == 0 && threads.getUtilizedThreads() == 0;
    }

    @Override
    public void stop() throws Exception {
        server.stop();
    }
}
