package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import jakarta.servlet.http.HttpServlet;
import java.nio.file.Path;
import java.util.Map;

/** A container with an upload filter in its own JVM. Prints its port, and ends with its standard input. */
final class MemoryProgram {

    private static final UploadLimits ANY_FIELDS =
            UploadLimits.builder().maxFieldBytes(Integer.MAX_VALUE).build();

    private MemoryProgram() {}

    /** Runs the program. {@code args} are the container and the store's directory. */
    public static void main(String[] args) throws Exception {
        LocalUploadStore store = LocalUploadStore.builder(Path.of(args[1]))
                .durability(Durability.BUFFERED)
                .open();
        try (UploadHost host = UploadHost.builder(KeyRing.generate("test"), store)
                        .internalUrl("http://127.0.0.1:8080")
                        .developmentMode()
                        .build();
                Container.Running running = Container.valueOf(args[0])
                        .startAlone(Container.App.of(
                                Map.of(
                                        "/uploads/*",
                                        UploadFilter.create(host, UploadPolicy.anyone(UploadLimits.defaults())),
                                        "/orders/*",
                                        ReceiptsFilter.builder(host)
                                                .asyncDispatch()
                                                .build(),
                                        "/fields/*",
                                        UploadFilter.create(host, UploadPolicy.anyone(ANY_FIELDS))),
                                new HttpServlet() {},
                                true))) {
            System.out.println("port " + running.port());
            while (System.in.read() >= 0) {
                // until the parent process closes standard input
            }
        }
    }
}
