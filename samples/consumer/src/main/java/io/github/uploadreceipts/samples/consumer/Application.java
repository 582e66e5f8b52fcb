package io.github.uploadreceipts.samples.consumer;

import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.objectstorage.ObjectStorage;
import io.github.uploadreceipts.servlet.UploadFilter;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import org.eclipse.jetty.server.ServerConnector;

/**
 * {@code Application DIRECTORY [PLACE]}: a fleet of two hosts in one program, which runs until its standard input ends. With
 * a place in an object store, such as {@code s3:https://s3.example.org/uploads}, uploads are archived there.
 */
public final class Application {

    private Application() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        for (Class<?> type : List.of(
                Application.class, UploadHost.class, UploadFilter.class, PeerFetcher.class, ObjectStorage.class)) {
            System.out.println(type.getName() + " is in " + type.getModule());
        }
        KeyRing keys = KeyRing.generate("photos"); // on separate machines, each host loads a copy of one file
        ServerConnector first = Host.listen();
        ServerConnector second = Host.listen();
        int[] ports = {first.getLocalPort(), second.getLocalPort()};
        try (ObjectStorage archive = arguments.length < 2 ? null : ObjectStorage.open(arguments[1], System.getenv());
                Host a = Host.start(keys, directory.resolve("a"), archive, first, ports);
                Host b = Host.start(keys, directory.resolve("b"), archive, second, ports)) {
            System.out.println("ready " + a.url() + " " + b.url());
            System.in.transferTo(OutputStream.nullOutputStream());
        }
    }
}
