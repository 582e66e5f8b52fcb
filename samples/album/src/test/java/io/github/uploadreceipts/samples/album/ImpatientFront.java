package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.store.Delivery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Makes the front server of a running host wait for 2 s only, in place of the 10 minutes that operators are told to set. */
final class ImpatientFront {

    private static final String MARK = "X-Impatient";

    private ImpatientFront() {}

    static String option(Delivery.Method method) {
        return method.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static void make(TestFleet fleet, int number, Delivery.Method method) throws IOException, InterruptedException {
        Path front = fleet.host(number).directory().resolve("front");
        if (method == Delivery.Method.X_ACCEL_REDIRECT) {
            change(
                    front,
                    Nginx.SNIPPET,
                    "proxy_read_timeout 10m;",
                    "proxy_read_timeout 2s; add_header " + MARK + " yes;");
            signal(front.resolve("nginx.pid"));
        } else {
            change(front, Apache.SNIPPET, "ProxyTimeout 600", "ProxyTimeout 2\nHeader always set " + MARK + " yes");
            signal(front.resolve("httpd.pid"));
        }
        for (int i = 0; i < 2_400 && !isMade(fleet, number); i++) {
            Thread.sleep(50);
        }
    }

    private static boolean isMade(TestFleet fleet, int number) throws InterruptedException {
        try {
            return !fleet.client.get(fleet.url(number) + "/fleet").header(MARK).isEmpty();
        } catch (IOException e) {
            return false; // the server is about to start again
        }
    }

    private static void change(Path front, String snippet, String old, String changed) throws IOException {
        Path file = front.resolve(snippet);
        String text = Files.readString(file);
        if (!text.contains(old)) {
            throw new IOException(file + " has no " + old);
        }
        Files.writeString(file, text.replace(old, changed));
    }

    /** Lets the server read its configuration again, and end the connections that the old one serves. */
    private static void signal(Path pid) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-HUP", Files.readString(pid).strip())
                .start()
                .waitFor();
    }
}
