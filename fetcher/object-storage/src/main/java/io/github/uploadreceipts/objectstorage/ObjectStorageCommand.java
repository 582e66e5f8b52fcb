package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.Operations;
import io.github.uploadreceipts.objectstorage.internal.client.Operations.Finding;
import io.github.uploadreceipts.objectstorage.internal.client.Operations.Grade;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The command line: prepares a container or bucket for uploads, and tries what its store does. */
final class ObjectStorageCommand {

    static final String USAGE = """
            usage: check PLACE      tries what the store does, and says what is therefore refused
                   prepare PLACE [--origin URL]…
                                    creates the container or bucket; with origins also the one into which their pages
                                    write straight, which has -incoming after its name. In Swift they write by URLs that
                                    the key in SWIFT_TEMP_URL_KEY signs
            PLACE is swift:URL/CONTAINER, where URL is that of the account, or s3:URL/BUCKET. The login is in
            ST_AUTH, ST_USER and ST_KEY, or in OS_AUTH_URL, OS_APPLICATION_CREDENTIAL_ID and
            OS_APPLICATION_CREDENTIAL_SECRET; for S3 in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION. With
            AWS_INCOMING_ACCESS_KEY_ID and AWS_INCOMING_SECRET_ACCESS_KEY, of a user who can only write objects into the
            bucket for pages, check tries that, too.""";

    private static final Pattern ORIGIN = Pattern.compile("https?://[0-9A-Za-z.:\\[\\]-]+");

    private final PrintStream out;
    private final StoragePlace places;

    ObjectStorageCommand(PrintStream out, Map<String, String> environment) {
        this.out = out;
        this.places = new StoragePlace(environment);
    }

    /** Runs the command and exits with 0, with 1 if a check failed, or with 2 after saying what is wrong. */
    public static void main(String[] arguments) {
        try {
            System.exit(new ObjectStorageCommand(System.out, System.getenv()).run(List.of(arguments)) ? 0 : 1);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + System.lineSeparator() + USAGE);
        } catch (IOException e) {
            System.err.println(e.getMessage());
        }
        System.exit(2);
    }

    /** Returns whether the store can be used. */
    boolean run(List<String> arguments) throws IOException {
        Words words = Words.of(arguments);
        try (ObjectStorage storage = places.open(words.place());
                Operations operations = storage.operations()) {
            return switch (words.command()) {
                case "check" -> check(operations);
                case "prepare" -> prepare(operations, words);
                default -> throw new IllegalArgumentException("there is no command '" + words.command() + "'");
            };
        }
    }

    private boolean check(Operations operations) {
        boolean usable = true;
        for (Finding finding : operations.check()) {
            String mark = finding.grade() == Grade.GOOD ? "ok   " : finding.grade() == Grade.LESS ? "less " : "BAD  ";
            out.println(mark + finding.text());
            usable &= finding.grade() != Grade.BAD;
        }
        return usable;
    }

    private boolean prepare(Operations operations, Words words) throws IOException {
        operations.prepare().forEach(out::println);
        if (!words.origins().isEmpty()) {
            operations
                    .prepareIncoming(() -> places.required(StoragePlace.KEY), words.origins())
                    .forEach(out::println);
        }
        return true;
    }

    /** What was asked for. */
    private record Words(String command, String place, List<String> origins) {

        static Words of(List<String> arguments) {
            List<String> words = new ArrayList<>();
            List<String> origins = new ArrayList<>();
            for (int i = 0; i < arguments.size(); i++) {
                String word = arguments.get(i);
                if (!word.startsWith("--")) {
                    words.add(word);
                    continue;
                }
                if (++i == arguments.size()) {
                    throw new IllegalArgumentException(word + " needs a value");
                }
                if (!word.equals("--origin")) {
                    throw new IllegalArgumentException("there is no option " + word);
                }
                origins.add(origin(arguments.get(i)));
            }
            if (words.size() != 2) {
                throw new IllegalArgumentException("a command and a place are needed");
            }
            return new Words(words.get(0), words.get(1), origins);
        }

        private static String origin(String text) {
            if (!ORIGIN.matcher(text).matches()) {
                throw new IllegalArgumentException("'" + text + "' is no origin, such as https://www.example.org");
            }
            return text;
        }
    }
}
