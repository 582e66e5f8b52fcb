package io.github.uploadreceipts.samples.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The contestants that are compared in one run. */
interface Contestants extends AutoCloseable {

    /** Returns the contestants. The others are compared with the first. */
    List<Contestant> all();

    /** Returns the CPU time that the servers have used. */
    default long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }

    /** Frees disk space between two turns. */
    void deleteFiles() throws IOException;

    @Override
    void close() throws IOException;

    static void deleteFiles(Path below) throws IOException {
        if (!Files.exists(below)) {
            return;
        }
        try (Stream<Path> files = Files.walk(below)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
    }
}
