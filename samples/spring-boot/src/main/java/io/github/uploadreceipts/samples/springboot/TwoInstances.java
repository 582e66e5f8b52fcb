package io.github.uploadreceipts.samples.springboot;

import io.github.uploadreceipts.key.KeyRing;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.util.FileSystemUtils;

/** Starts the application twice in this JVM, as two hosts of one fleet. */
final class TwoInstances {

    private TwoInstances() {}

    /**
     * Starts the instances.
     *
     * @param arguments {@code --ports 8091,8092}, or nothing; 0 means any free port
     */
    public static void main(String[] arguments) throws IOException {
        List<String> ports = ports(arguments);
        Path directory = Files.createTempDirectory("upload-receipts-sample-");
        KeyRing.generate("shop").write(directory.resolve("receipts.json"));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> FileSystemUtils.deleteRecursively(directory.toFile())));
        for (String port : ports) {
            new SpringApplicationBuilder(OrderApplication.class).run(onOneMachine(port, ports, directory));
        }
        System.out.println("sign in as ann, with the password ann");
        System.out.println("ready " + urls(ports, " "));
    }

    /** Returns what differs between instances, and what they need because they share a machine and a browser's cookies. */
    private static String[] onOneMachine(String port, List<String> ports, Path directory) {
        return new String[] {
            "--server.port=" + port,
            "--server.servlet.session.cookie.name=SESSION-" + port,
            "--shop.directory=" + directory,
            "--shop.uploads=" + uploads(ports),
            "--upload-receipts.development-mode=true",
            "--upload-receipts.peer-ports=" + String.join(",", ports),
            "--upload-receipts.cors.allow-origins=" + urls(ports, ","),
            "--upload-receipts.cors.allow-credentials=true",
            "--upload-receipts.cors.allow-headers=X-XSRF-TOKEN",
            "--spring.main.banner-mode=off",
            "--logging.level.root=warn",
        };
    }

    private static List<String> ports(String[] arguments) throws IOException {
        boolean given = arguments.length == 2 && arguments[0].equals("--ports");
        if (arguments.length != 0 && (!given || !arguments[1].matches("\\d+(,\\d+)*"))) {
            System.err.println("usage: java -jar spring-boot.jar [--ports 8091,8092]");
            System.exit(2);
        }
        List<String> ports = new ArrayList<>();
        for (String port : (given ? arguments[1] : "8091,8092").split(",", -1)) {
            ports.add(port.equals("0") ? freePort() : port);
        }
        return ports;
    }

    private static String freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return Integer.toString(socket.getLocalPort());
        }
    }

    private static String uploads(List<String> ports) {
        return urls(ports, "/uploads ") + "/uploads";
    }

    private static String urls(List<String> ports, String separator) {
        return ports.stream().map(port -> "http://localhost:" + port).collect(Collectors.joining(separator));
    }
}
