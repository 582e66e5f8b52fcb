package io.github.uploadreceipts.samples.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A host of two, in a process of its own, whose application takes its time. It prints a line when it has started, and for
 * each line of its input one with the nanoseconds of CPU time it has used, the number of its threads, and the bytes of
 * heap and of direct buffers in use. Before that, {@code finish} finishes all hand-overs.
 */
final class WaitingHost {

    private static final Logger ALL = Logger.getLogger(""); // the log manager's reference is weak

    private WaitingHost() {}

    /** {@code CONTAINER DIRECTORY KEYS PORT PEER}: runs until its input ends. */
    public static void main(String[] arguments) throws Exception {
        ALL.setLevel(Level.SEVERE);
        Path directory = Path.of(arguments[1]);
        int port = Integer.parseInt(arguments[3]);
        Queue<UploadReceipt> open = new ConcurrentLinkedQueue<>();
        try (UploadHost host = UploadHost.builder(
                                KeyRing.load(Path.of(arguments[2])),
                                LocalUploadStore.builder(directory.resolve("store"))
                                        .durability(Durability.BUFFERED)
                                        .open())
                        .internalUrl("http://127.0.0.1:" + port)
                        .developmentMode()
                        .handOver("app", upload -> {
                            open.add(upload.receipt());
                            return Verdict.waiting();
                        })
                        .build();
                PeerFetcher fetcher = PeerFetcher.builder(host)
                        .policy(PeerPolicy.privateNetwork().ports(Integer.parseInt(arguments[4])))
                        .workDirectory(directory)
                        .build()) {
            Map<String, Filter> filters = new LinkedHashMap<>();
            filters.put("/uploads/*", UploadFilter.create(host, UploadPolicy.anyone(UploadLimits.defaults())));
            filters.put("/internal/uploads/*", DeliveryFilter.create(host));
            int started = HeldContainer.valueOf(arguments[0])
                    .start(port, directory.resolve("container"), filters, new HttpServlet() {});
            System.out.println(fetcher != null && started == port);
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.equals("finish")) {
                    for (UploadReceipt receipt : open) {
                        host.finish(receipt, "app", Verdict.done());
                    }
                }
                System.out.println(cpuNanos() + " "
                        + ManagementFactory.getThreadMXBean().getThreadCount() + " " + heap() + " " + direct());
            }
        }
        System.exit(0); // the container's threads go on
    }

    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
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
