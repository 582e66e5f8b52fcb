package io.github.uploadreceipts.samples.benchmarks;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A host in a container, in a process of its own. It prints its port, and for each line of its input the bytes of heap
 * and the bytes of direct buffers that are in use.
 */
final class HoldingHost {

    private static final Logger ALL = Logger.getLogger(""); // the log manager's reference is weak

    private HoldingHost() {}

    /** {@code CONTAINER DIRECTORY}: runs until its input ends. */
    public static void main(String[] arguments) throws Exception {
        ALL.setLevel(Level.SEVERE);
        Path directory = Path.of(arguments[1]);
        try (UploadHost host = UploadHost.builder(
                        KeyRing.generate("benchmark"),
                        LocalUploadStore.builder(directory.resolve("store"))
                                .durability(Durability.BUFFERED)
                                .open())
                .internalUrl("http://127.0.0.1:1")
                .developmentMode()
                .build()) {
            int port = HeldContainer.valueOf(arguments[0])
                    .start(
                            0,
                            directory.resolve("container"),
                            Map.of(
                                    "/uploads/*",
                                    UploadFilter.create(host, UploadPolicy.anyone(UploadLimits.defaults())),
                                    "/orders",
                                    ReceiptsFilter.builder(host).asyncDispatch().build()),
                            new Application());
            System.out.println(port);
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
            while (in.readLine() != null) {
                System.out.println(heap() + " " + direct());
            }
        }
        System.exit(0); // the container's threads go on
    }

    private static final class Application extends HttpServlet {

        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) {
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        }
    }

    private static long heap() {
        ManagementFactory.getMemoryMXBean().gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }
}
