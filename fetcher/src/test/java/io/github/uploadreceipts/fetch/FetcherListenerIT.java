package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.Ports;
import io.github.uploadreceipts.testing.RecordedLog;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A listener makes the fetcher of filters that are configured by text. */
class FetcherListenerIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path root;

    private final Server server = new Server();
    private final ServletContextHandler context = new ServletContextHandler("/shop");
    private final RecordedLog log = RecordedLog.of(PeerFetcher.class.getName());

    @AfterEach
    void stop() throws Exception {
        log.close();
        server.stop();
    }

    private void start(boolean delivering) throws Exception {
        int port = Ports.free();
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

    private void add(Class<? extends Filter> filter, String path) {
        FilterHolder holder = new FilterHolder(filter);
        holder.setAsyncSupported(true);
        context.addFilter(holder, path, EnumSet.of(DispatcherType.REQUEST));
    }

    private String firstMessage() throws Exception {
        Await.until(PATIENCE, () -> "nothing is logged", () -> !log.messages().isEmpty());
        return log.messages().get(0);
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
        assertThat(firstMessage()).startsWith("peers can fetch from this host");
    }

    @Test
    void probe_afterTheStart_deliveryFilterNotMapped_saysWhatToChange() throws Exception {
        start(false);
        assertThat(firstMessage())
                .startsWith("peers cannot fetch from this host at http://127.0.0.1:")
                .contains("the filter must be mapped to /internal/uploads/*");
    }
}
