package io.github.uploadreceipts.samples.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.store.LocalUploadStore;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Measures in Chromium how long it takes from the last byte of an upload until the page knows that the application is done
 * with it, which it says at once. The page measures, and sends what it has seen.
 */
final class LastByte {

    /** As often as the element asks where it has no stream of events. */
    private static final int POLL_MILLIS = 3_000;

    private static final Logger ALL = Logger.getLogger(""); // the log manager's reference is weak
    private static final int SLOTS = 1_000;
    private static final long PATIENCE_MINUTES = 10;

    private static final String PAGE = """
            <!doctype html><meta charset="utf-8"><title>The last byte</title>
            <script type="module">
            const tus = { 'Tus-Resumable': '1.0.0' };
            const bytes = crypto.getRandomValues(new Uint8Array(65_536));
            const body = new Blob(Array(16).fill(bytes));

            let slot = 0;

            async function upload() {
              const headers = { ...tus, 'Upload-Length': body.size, 'Upload-Ticket': 'TICKET', 'Upload-Slot': slot++ };
              const created = await fetch('/uploads', { method: 'POST', headers });
              const url = new URL(created.headers.get('Location'), created.url).href;
              const xhr = new XMLHttpRequest();
              xhr.open('PATCH', url);
              const fields = { ...tus, 'Upload-Offset': 0, 'Content-Type': 'application/offset+octet-stream' };
              for (const [name, value] of Object.entries(fields)) xhr.setRequestHeader(name, value);
              return new Promise((resolve, reject) => {
                let last;
                xhr.upload.onload = () => { last = performance.now(); };
                xhr.onerror = reject;
                xhr.onload = () => resolve({ url, last, stored: performance.now(), status: xhr.getResponseHeader('Upload-Status') });
                xhr.send(body);
              });
            }

            const ways = {
              events: (url) => new Promise((resolve) => {
                const source = new EventSource(`${url}/events`);
                source.addEventListener('status', ({ data }) => {
                  if (JSON.parse(data).status === 'processing') return;
                  source.close();
                  resolve();
                });
              }),
              async polling(url) {
                for (;;) {
                  const { headers } = await fetch(url, { method: 'HEAD', headers: tus });
                  if (headers.get('Upload-Status') !== 'processing') return;
                  await new Promise((resolve) => { setTimeout(resolve, POLL); });
                }
              },
            };

            const seen = [];
            for (let round = -3; round < ROUNDS; round++) {
              for (const [way, learn] of Object.entries(ways)) {
                const { url, last, stored, status } = await upload();
                if (status === 'processing') await learn(url);
                if (round >= 0) seen.push([way, stored - last, performance.now() - last].join(' '));
              }
            }
            await fetch('/seen', { method: 'POST', body: seen.join('\\n') });
            </script>
            """;

    private LastByte() {}

    static void run(Path directory, int rounds, Path chromium) throws Exception {
        ALL.setLevel(Level.SEVERE);
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", LastByte::accept);
        receiver.start();
        URI webhook = URI.create("http://127.0.0.1:" + receiver.getAddress().getPort() + "/stored");
        System.out.printf("%d rounds, Java %s%n", rounds, Runtime.version().feature());
        System.out.printf("%-28s %26s %26s%n", "", "receipt, ms", "done, ms");
        try {
            run(directory.resolve("in-process"), rounds, chromium, "in process", Optional.empty());
            run(directory.resolve("webhook"), rounds, chromium, "by webhook", Optional.of(webhook));
        } finally {
            receiver.stop(0);
            Contestants.deleteFiles(directory);
        }
    }

    private static void accept(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(HttpServletResponse.SC_NO_CONTENT, -1);
        }
    }

    private static void run(Path directory, int rounds, Path chromium, String party, Optional<URI> webhook)
            throws Exception {
        KeyRing ring = KeyRing.generate("benchmark");
        int port = Jetty.freePort();
        UploadHost.Builder builder = UploadHost.builder(ring, LocalUploadStore.at(directory.resolve("store")))
                .internalUrl("http://127.0.0.1:" + port)
                .developmentMode();
        UploadTicket.Builder ticket = UploadTicket.builder(Clock.systemUTC()).files(SLOTS);
        webhook.ifPresentOrElse(
                url -> {
                    ticket.handOver(url);
                    builder.handOverUrls(url.resolve("/").toString());
                },
                () -> builder.handOver("app", upload -> Verdict.done()));
        UploadHost host = builder.build();
        String page = PAGE.replace("TICKET", TicketIssuer.create(ring).issue(ticket.build()))
                .replace("ROUNDS", Integer.toString(rounds))
                .replace("POLL", Integer.toString(POLL_MILLIS));
        CompletableFuture<String> seen = new CompletableFuture<>();
        var fetcher = PeerFetcher.create(host);
        var server = Jetty.start(
                port,
                Map.of("/uploads/*", UploadFilter.create(host, UploadPolicy.ticket(UploadLimits.defaults()))),
                new Page(page, seen));
        Process browser = open(chromium, directory, "http://127.0.0.1:" + port + "/");
        try {
            print(party, seen.get(PATIENCE_MINUTES, TimeUnit.MINUTES).lines().toList());
        } finally {
            browser.destroy();
            browser.onExit().get(PATIENCE_MINUTES, TimeUnit.MINUTES);
            Jetty.stop(List.of(server), List.of(fetcher, host));
        }
    }

    private static Process open(Path chromium, Path directory, String url) throws IOException {
        return new ProcessBuilder(
                        chromium.toString(),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--user-data-dir=" + Files.createDirectories(directory.resolve("profile")),
                        url)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static void print(String party, List<String> seen) {
        for (String way : List.of("events", "polling")) {
            List<List<String>> rows = seen.stream()
                    .map(Benchmark::words)
                    .filter(row -> row.get(0).equals(way))
                    .toList();
            System.out.printf("%-28s %26s %26s%n", party + ", " + way, spread(rows, 1), spread(rows, 2));
        }
    }

    /** Returns the median, and the least and the most. */
    private static String spread(List<List<String>> rows, int column) {
        double[] sorted = rows.stream()
                .mapToDouble(row -> Double.parseDouble(row.get(column)))
                .sorted()
                .toArray();
        return String.format(
                Locale.ROOT,
                "%.0f (%.0f to %.0f)",
                sorted[sorted.length / 2],
                sorted[0],
                Arrays.stream(sorted).max().orElse(0));
    }

    /** Shows the page, and takes what it has seen. */
    private static final class Page extends HttpServlet {

        private static final long serialVersionUID = 1;

        private final String page;
        private final transient CompletableFuture<String> seen;

        Page(String page, CompletableFuture<String> seen) {
            this.page = page;
            this.seen = seen;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setContentType("text/html; charset=utf-8");
            response.getWriter().write(page);
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            seen.complete(new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
