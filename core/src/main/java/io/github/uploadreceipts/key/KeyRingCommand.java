package io.github.uploadreceipts.key;

import io.github.uploadreceipts.internal.key.WebhookSecrets;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The command line: creates, rotates and shows a key ring's file. */
final class KeyRingCommand {

    private static final String USAGE = """
            usage: create FILE --fleet NAME              a new key ring, mode 0600; refuses to overwrite
                   rotate FILE [--in 1h] [--retire 8d]   new keys that sign in an hour; the old ones are
                                                         accepted for 8 days after that
                   show FILE                             the keys, without their secrets
                   hand-over-secret FILE URL             the secret of the webhook receiver at URL, which
                                                         must be written as tickets have it; after
                                                         'rotate' several, the newest first
            A time is a number with s, m, h or d. After 'rotate', copy FILE to every host before the new
            keys begin to sign; the order does not matter and no host needs a restart.""";

    private final PrintStream out;
    private final Clock clock;

    KeyRingCommand(PrintStream out, Clock clock) {
        this.out = out;
        this.clock = clock;
    }

    /** Runs the command and exits with 0, or with 2 after saying what is wrong. */
    public static void main(String[] arguments) {
        try {
            new KeyRingCommand(System.out, Clock.systemUTC()).run(List.of(arguments));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + System.lineSeparator() + USAGE);
            System.exit(2);
        } catch (IOException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    void run(List<String> arguments) throws IOException {
        List<String> words = new ArrayList<>();
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            String word = arguments.get(i);
            if (!word.startsWith("--")) {
                words.add(word);
            } else if (i + 1 == arguments.size() || options.put(word, arguments.get(++i)) != null) {
                throw new IllegalArgumentException(word + " must be given once, with a value");
            }
        }
        boolean secret = !words.isEmpty() && words.get(0).equals("hand-over-secret");
        if (words.size() != (secret ? 3 : 2)) {
            throw new IllegalArgumentException("a command and a file" + (secret ? " and a URL" : "")
                    + " are needed, but there are " + words.size() + " words that are not options");
        }
        Path file = Path.of(words.get(1));
        switch (words.get(0)) {
            case "hand-over-secret" -> {
                only(options);
                handOverSecret(file, words.get(2));
            }
            case "create" -> create(file, only(options, "--fleet"));
            case "rotate" -> rotate(file, only(options, "--in", "--retire"));
            case "show" -> {
                only(options);
                show(file);
            }
            default -> throw new IllegalArgumentException("there is no command '" + words.get(0) + "'");
        }
    }

    private static Map<String, String> only(Map<String, String> options, String... known) {
        for (String option : options.keySet()) {
            if (!Set.of(known).contains(option)) {
                throw new IllegalArgumentException("this command has no option " + option);
            }
        }
        return options;
    }

    private void create(Path file, Map<String, String> options) throws IOException {
        String fleet = Optional.ofNullable(options.get("--fleet"))
                .orElseThrow(() -> new IllegalArgumentException("create needs --fleet NAME"));
        if (Files.exists(file)) {
            throw new IOException(file + " exists already; use rotate");
        }
        KeyRing ring = KeyRing.generate(fleet);
        ring.write(file);
        out.println(file + ": " + ring);
    }

    private void rotate(Path file, Map<String, String> options) throws IOException {
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        Instant start = now.plus(duration(options.getOrDefault("--in", "1h")));
        Duration retirement = Optional.ofNullable(options.get("--retire"))
                .map(KeyRingCommand::duration)
                .orElse(KeyRing.DEFAULT_RETIREMENT);
        KeyRing ring = KeyRing.load(file).rotate(now, start, retirement);
        ring.write(file);
        out.println(file + ": " + ring);
        out.println("copy it to every host before " + start);
    }

    private void show(Path file) throws IOException {
        KeyRing ring = KeyRing.load(file);
        out.println("fleet " + ring.fleet());
        ring.keys().forEach(key -> out.println(key.use().code() + " " + key));
    }

    private void handOverSecret(Path file, String url) throws IOException {
        KeyRing ring = KeyRing.load(file);
        if (!url.matches("https?://[!-~]+")) {
            throw new IllegalArgumentException(
                    "'" + url + "' is not the URL of a receiver: write it as tickets have it");
        }
        WebhookSecrets.of(ring, url, clock.instant()).forEach(secret -> out.println(WebhookSecrets.text(secret)));
    }

    static Duration duration(String text) {
        if (!text.matches("\\d{1,6}[smhd]")) {
            throw new IllegalArgumentException("'" + text + "' is not a time such as 30s, 10m, 1h or 8d");
        }
        long amount = Long.parseLong(text.substring(0, text.length() - 1));
        return switch (text.charAt(text.length() - 1)) {
            case 's' -> Duration.ofSeconds(amount);
            case 'm' -> Duration.ofMinutes(amount);
            case 'h' -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }
}
