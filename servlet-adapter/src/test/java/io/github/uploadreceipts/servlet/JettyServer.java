package io.github.uploadreceipts.servlet;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** The settings that all environments of Jetty 12 share. */
abstract class JettyServer implements ContainerServer {

    private static final Logger LOG = Logger.getLogger("org.eclipse.jetty"); // an unreferenced logger loses its level

    abstract Handler handler(Container.App app);

    @Override
    public Container.Running start(Container.App app) throws Exception {
        LOG.setLevel(Level.SEVERE);
        Server server = new Server(new QueuedThreadPool(app.threads(), Math.min(app.threads(), 8)));
        HttpConfiguration configuration = new HttpConfiguration();
        HttpConnectionFactory http1 = new HttpConnectionFactory(configuration);
        http1.setInputBufferSize(Container.INPUT_BUFFER);
        ServerConnector connector =
                new ServerConnector(server, http1, new HTTP2CServerConnectionFactory(configuration));
        connector.setHost("127.0.0.1");
        connector.setAcceptQueueSize(Container.BACKLOG);
        connector.setIdleTimeout(app.idle().toMillis());
        server.addConnector(connector);
        server.setHandler(handler(app));
        try {
            server.start();
        } catch (Exception e) {
            server.stop();
            throw e;
        }
        return new Container.Running(connector.getLocalPort(), server::stop);
    }
}
