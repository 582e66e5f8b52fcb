package io.github.uploadreceipts.samples.share;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The command line.
 *
 * @param ports one port for each host
 * @param directory holds the stores and the keys; if empty, a temporary directory is used
 * @param once whether to do only the round
 * @param ask what link is wanted by which people send files
 */
record Options(List<Integer> ports, Optional<Path> directory, boolean once, Optional<Ask> ask) {

    static final String USAGE = """
            usage: java -jar share.jar [--ports 8091,8092] [--dir DIR] [--once]
                   java -jar share.jar ask [--title TEXT] [--words TEXT] [--from NAME] [--expires 7d]
                           [--password TEXT] [--name required|optional|no] [--ports 8091,8092] [--dir DIR]""";

    /** @throws IllegalArgumentException if a word is unknown or has a wrong value; the message names it */
    static Options parse(String... arguments) {
        List<Integer> ports = List.of(8091, 8092);
        Optional<Path> directory = Optional.empty();
        boolean once = false;
        Deque<String> words = new ArrayDeque<>(Arrays.asList(arguments));
        Optional<Ask> ask = Optional.empty();
        if ("ask".equals(words.peek())) {
            ask = Optional.of(Ask.plain());
            words.remove();
        }
        while (!words.isEmpty()) {
            String word = words.remove();
            switch (word) {
                case "--ports" -> ports = ports(value(word, words));
                case "--dir" -> directory = Optional.of(Path.of(value(word, words)));
                case "--once" -> once = true;
                default -> {
                    ask = ask.flatMap(asked -> asked.with(word, words));
                    if (ask.isEmpty()) {
                        throw new IllegalArgumentException("there is no option " + word);
                    }
                }
            }
        }
        return new Options(ports, directory, once, ask);
    }

    static String value(String option, Deque<String> rest) {
        if (rest.isEmpty()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return rest.remove();
    }

    private static List<Integer> ports(String text) {
        List<Integer> ports =
                Arrays.stream(text.split(",", -1)).map(Options::port).toList();
        if (ports.stream().distinct().count() < ports.size()) {
            throw new IllegalArgumentException("--ports names a port twice");
        }
        return ports;
    }

    private static int port(String text) {
        if (text.matches("[1-9][0-9]{0,4}") && Integer.parseInt(text) <= 65_535) {
            return Integer.parseInt(text);
        }
        throw new IllegalArgumentException("--ports: '" + text + "' is no number from 1 to 65535");
    }
}
