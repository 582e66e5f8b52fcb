package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A listener makes the fetcher of filters that are configured by text. */
class FetcherListenerIT {

    private static final int WAIT_SECONDS = 30;

    @TempDir
    Path root;

    private final Server server = new Server();
    private final ServletContextHandler context = new ServletContextHandler("/shop");
    private final BlockingQueue<String> logged = new LinkedBlockingQueue<>();
    private final Logger log = Logger.getLogger(PeerFetcher.class.getName());
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            logged.add(new SimpleFormatter().formatMessage(entry));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @AfterEach
    void stop() throws Exception {
        log.removeHandler(handler);
        server.stop();
    }

    private void start(boolean delivering) throws Exception {
        log.addHandler(handler);
        int port = freePort();
        Path keys = root.resolve("keys.json");
        KeyRing.generate("photos").write(keys);
        context.setInitParameter("upload-receipts.key-ring", keys.toString());
        context.setInitParameter("upload-receipts.store", root.resolve("store").toString());
        context.setInitParameter("upload-receipts.internal-url", "http://127.0.0.1:" + port + "/shop");
        context.setInitParameter("upload-receipts.development-mode", "true");
        context.setInitParameter("upload-receipts.policy", "anyone");
        context.addEventListener(new FetcherListener(Duration.ofSeconds(1)));
        add(UploadFilter.class, "/uploads/*");
        if (delivering) {
            add(DeliveryFilter.class, "/internal/uploads/*");
        }
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        server.addConnector(connector);
        server.setHandler(context);
        server.start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void add(Class<? extends Filter> filter, String path) {
        FilterHolder holder = new FilterHolder(filter);
        holder.setAsyncSupported(true);
        context.addFilter(holder, path, EnumSet.of(DispatcherType.REQUEST));
    }

    @Test
    void fetcher_livesWithTheFilters() throws Exception {
        start(true);
        PeerFetcher fetcher = FetcherListener.fetcher(context.getServletContext());
        fetcher.probe();
        server.stop();
        assertThatThrownBy(fetcher::probe).hasMessageContaining("closed");
        assertThatThrownBy(() -> FetcherListener.fetcher(context.getServletContext()))
                .hasMessageContaining("register FetcherListener");
    }

    @Test
    void probe_afterTheStart_saysThatPeersCanFetch() throws Exception {
        start(true);
        assertThat(logged.poll(WAIT_SECONDS, TimeUnit.SECONDS)).startsWith("peers can fetch from this host");
    }

    @Test
    void probe_afterTheStart_deliveryFilterNotMapped_saysWhatToChange() throws Exception {
        start(false);
        assertThat(logged.poll(WAIT_SECONDS, TimeUnit.SECONDS))
                .startsWith("peers cannot fetch from this host at http://127.0.0.1:")
                .contains("the filter must be mapped to /internal/uploads/*");
    }
}
