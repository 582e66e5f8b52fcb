package io.github.uploadreceipts.testing;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Puts the error first in what a program has said: the summary of a test run shows one line of a failure. */
public final class Complaint {

    private static final Pattern COLOUR = Pattern.compile("\u001B\\[[0-9;]*m");

    /** Errors as Node, Playwright, Java, Python, nginx, Apache, npm, curl and other programs write them. */
    private static final Pattern ERROR =
            Pattern.compile("\\w*(Error|Exception)\\b(?!\\()|^\\w+(\\.\\w+)+: |\\[(emerg|alert)]"
                    + "|^AH\\d+:|:(crit|emerg)]|^npm (error|ERR!)|^curl: |^(error|ERROR|fatal|FATAL)\\b");

    /** What Playwright has waited for, and where the script of the test has done so. */
    private static final List<Pattern> CIRCUMSTANCES = List.of(
            Pattern.compile("^- (waiting for .*)"), Pattern.compile("^(at (?!.*node_modules).*\\.mjs:\\d+:\\d+\\)?)"));

    private Complaint() {}

    /**
     * Returns a message for a failure: one line that says what is wrong, then all that the program has said.
     *
     * @param program how the message names the program
     */
    public static String of(String program, String said) {
        String plain = COLOUR.matcher(said).replaceAll("");
        return program + ": " + brief(plain.lines().map(String::strip).toList()) + "\n" + plain;
    }

    private static String brief(List<String> lines) {
        Optional<String> error =
                lines.stream().filter(line -> ERROR.matcher(line).find()).findFirst();
        if (error.isEmpty()) {
            return lines.stream()
                    .filter(line -> !line.isEmpty())
                    .reduce((earlier, later) -> later)
                    .orElse("it has said nothing");
        }
        List<String> rest = lines.subList(lines.indexOf(error.get()) + 1, lines.size());
        Stream<String> circumstances = CIRCUMSTANCES.stream()
                .flatMap(pattern -> rest.stream()
                        .map(pattern::matcher)
                        .filter(Matcher::find)
                        .map(match -> match.group(1))
                        .limit(1));
        return Stream.concat(error.stream(), circumstances).collect(Collectors.joining(", "));
    }
}
