package io.github.uploadreceipts.samples.share;

import io.github.uploadreceipts.testing.Complaint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What curl gets. */
final class Curl {

    private final List<String> head;
    private final byte[] body;

    private Curl(List<String> head, byte[] body) {
        this.head = head;
        this.body = body;
    }

    static Curl run(String... arguments) throws IOException, InterruptedException {
        Path head = Files.createTempFile("curl", ".head");
        Path errors = Files.createTempFile("curl", ".errors");
        try {
            List<String> command = new ArrayList<>(List.of("curl", "-sS", "-D", head.toString()));
            command.addAll(List.of(arguments));
            Process process =
                    new ProcessBuilder(command).redirectError(errors.toFile()).start();
            byte[] body = process.getInputStream().readAllBytes();
            if (process.waitFor() != 0) {
                throw new IOException(Complaint.of("curl ended with " + process.exitValue(), Files.readString(errors)));
            }
            List<String> lines = Files.readAllLines(head, StandardCharsets.ISO_8859_1);
            int last = 0; // after the heads of interim responses
            for (int i = 0; i < lines.size(); i++) {
                last = lines.get(i).startsWith("HTTP/") ? i : last;
            }
            List<String> response = lines.subList(last, lines.size());
            return new Curl(response, body);
        } finally {
            Files.delete(head);
            Files.delete(errors);
        }
    }

    int status() {
        return Integer.parseInt(head.get(0).substring("HTTP/1.1 ".length()).substring(0, 3));
    }

    byte[] body() {
        return body.clone();
    }

    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** Returns the value of a header field. */
    Optional<String> field(String name) {
        String prefix = name.toLowerCase(Locale.ROOT) + ":";
        return head.stream()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                .map(line -> line.substring(prefix.length()).strip())
                .findFirst();
    }
}
