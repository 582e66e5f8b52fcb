package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.samples.album.Scanner.WhenUnavailable;
import io.github.uploadreceipts.store.Delivery.Method;
import io.github.uploadreceipts.store.Durability;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The command line.
 *
 * @param ports one port per host; 0 means any free port
 * @param directory holds the stores, the albums and the key ring; if empty, a temporary directory is used
 * @param delivery which server sends files to the other hosts
 * @param durability what a receipt promises
 * @param encrypt whether receipts are encrypted
 * @param sealed whether uploads are encrypted on the disks, under keys that only the receipts have
 * @param scanner what scans uploads, if anything does
 * @param storage where uploads are kept, if not on the hosts' disks
 * @param archive where the uploads of the hosts' disks are archived, if anywhere
 * @param direct whether browsers send straight to that storage
 * @param uppy holds the files of Uppy, for a page with its dashboard
 * @param maxFileSize the limit in bytes
 * @param once whether to do only the round
 * @param files the files for the round; if empty, a few pictures are drawn
 */
record Options(
        List<Integer> ports,
        Optional<Path> directory,
        Method delivery,
        Durability durability,
        boolean encrypt,
        boolean sealed,
        Optional<Scanner> scanner,
        Optional<SharedStorage> storage,
        Optional<SharedStorage> archive,
        boolean direct,
        Optional<Path> uppy,
        long maxFileSize,
        boolean once,
        List<Path> files) {

    static final String USAGE = """
            usage: java -jar album.jar [--ports 8081,8082,8083] [--dir DIR]
                       [--delivery direct|x-accel-redirect|x-sendfile] [--durability forced|buffered]
                       [--encrypt] [--sealed] [--scan HOST:PORT] [--scan-unavailable wait|pass]
                       [--storage swift:URL|s3:URL [--direct]] [--archive swift:URL|s3:URL] [--uppy DIR]
                       [--max-file-size BYTES] [--once] [FILE…]""";

    /** Copies the lists. */
    Options {
        ports = List.copyOf(ports);
        files = List.copyOf(files);
    }

    /** @throws IllegalArgumentException if a word is unknown or has a wrong value; the message names it */
    static Options parse(String... arguments) {
        Parser parser = new Parser();
        Deque<String> words = new ArrayDeque<>(Arrays.asList(arguments));
        while (!words.isEmpty()) {
            parser.take(words.remove(), words);
        }
        return parser.options();
    }

    /** Returns the origin of the storage to which browsers send, if they do. */
    Optional<String> directTo() {
        return storage.filter(shared -> direct).map(SharedStorage::origin);
    }

    private static final class Parser {

        private List<Integer> ports = List.of(8081, 8082, 8083);
        private Optional<Path> directory = Optional.empty();
        private Method delivery = Method.DIRECT;
        private Durability durability = Durability.FORCED;
        private boolean encrypt;
        private boolean sealed;
        private Optional<InetSocketAddress> clamd = Optional.empty();
        private WhenUnavailable whenUnavailable = WhenUnavailable.WAIT;
        private Optional<SharedStorage> storage = Optional.empty();
        private Optional<SharedStorage> archive = Optional.empty();
        private boolean direct;
        private Optional<Path> uppy = Optional.empty();
        private long maxFileSize = 2L << 30;
        private boolean once;
        private boolean optionsEnded;
        private final List<Path> files = new ArrayList<>();

        void take(String word, Deque<String> rest) {
            if (optionsEnded || !word.startsWith("--")) {
                files.add(readable(word));
                return;
            }
            switch (word) {
                case "--ports" -> ports = ports(value(word, rest));
                case "--dir" -> directory = Optional.of(Path.of(value(word, rest)));
                case "--delivery" -> delivery = oneOf(word, Method.values(), value(word, rest));
                case "--durability" -> durability = oneOf(word, Durability.values(), value(word, rest));
                case "--max-file-size" -> maxFileSize = number(word, value(word, rest), 1, Long.MAX_VALUE >> 1);
                case "--encrypt" -> encrypt = true;
                case "--sealed" -> sealed = true;
                case "--scan" -> clamd = Optional.of(address(word, value(word, rest)));
                case "--scan-unavailable" -> whenUnavailable = oneOf(word, WhenUnavailable.values(), value(word, rest));
                case "--storage" -> storage = Optional.of(new SharedStorage(value(word, rest)));
                case "--archive" -> archive = Optional.of(new SharedStorage(value(word, rest)));
                case "--direct" -> direct = true;
                case "--uppy" -> uppy = Optional.of(Path.of(value(word, rest)));
                case "--once" -> once = true;
                case "--" -> optionsEnded = true;
                default -> throw new IllegalArgumentException("there is no option " + word);
            }
        }

        private static InetSocketAddress address(String option, String text) {
            int colon = text.lastIndexOf(':');
            if (colon < 1) {
                throw new IllegalArgumentException(
                        option + ": '" + text + "' is no host and port, such as 127.0.0.1:3310");
            }
            return new InetSocketAddress(
                    text.substring(0, colon), (int) number(option, text.substring(colon + 1), 1, 65_535));
        }

        private static String value(String option, Deque<String> rest) {
            if (rest.isEmpty()) {
                throw new IllegalArgumentException(option + " needs a value");
            }
            return rest.remove();
        }

        private static List<Integer> ports(String text) {
            List<Integer> ports = Arrays.stream(text.split(",", -1))
                    .map(port -> (int) number("--ports", port, 0, 65_535))
                    .toList();
            if (ports.stream().filter(port -> port > 0).distinct().count()
                    < ports.stream().filter(port -> port > 0).count()) {
                throw new IllegalArgumentException("--ports names a port twice");
            }
            return ports;
        }

        private static long number(String option, String text, long least, long most) {
            if (text.matches("\\d{1,18}")) {
                long number = Long.parseLong(text);
                if (number >= least && number <= most) {
                    return number;
                }
            }
            throw new IllegalArgumentException(option + ": '" + text + "' is no number from " + least + " to " + most);
        }

        private static <E extends Enum<E>> E oneOf(String option, E[] values, String text) {
            List<String> names = Arrays.stream(values).map(Parser::written).toList();
            int index = names.indexOf(text);
            if (index < 0) {
                throw new IllegalArgumentException(option + " is one of " + String.join(", ", names));
            }
            return values[index];
        }

        private static String written(Enum<?> value) {
            return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private static Path readable(String word) {
            Path file = Path.of(word);
            if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
                throw new IllegalArgumentException(word + " is no file that can be read");
            }
            return file;
        }

        Options options() {
            if (direct && storage.isEmpty()) {
                throw new IllegalArgumentException("--direct needs --storage");
            }
            if (archive.isPresent() && storage.isPresent()) {
                throw new IllegalArgumentException("--archive is for uploads on the hosts' disks, not with --storage");
            }
            return new Options(
                    ports,
                    directory,
                    delivery,
                    durability,
                    encrypt || sealed,
                    sealed,
                    clamd.map(address -> Scanner.at(address, whenUnavailable)),
                    storage,
                    archive,
                    direct,
                    uppy,
                    maxFileSize,
                    once,
                    files);
        }
    }
}
