package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the documentation quotes is what the code has, and its links lead somewhere. */
class DocsTest {

    private static final Path TOP = Path.of("../..").toAbsolutePath().normalize();
    private static final Path DOCS = TOP.resolve("servlet-adapter/docs");
    private static final Pattern LINK = Pattern.compile("]\\(([^()\\s]+)\\)");
    private static final Pattern QUOTE = Pattern.compile("`([^`]+)`");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```.*?^```$");

    @ParameterizedTest
    @ValueSource(strings = {Nginx.SNIPPET, Apache.SNIPPET})
    void frontServers_containSnippet(String name) throws Exception {
        String page = Files.readString(DOCS.resolve("front-servers.md"));
        assertThat(page.contains("\n" + FrontServer.resource(name) + "```"))
                .as("front-servers.md has " + name)
                .isTrue();
    }

    @Test
    void readme_hasTheControllerOfTheSample() throws Exception {
        String source =
                Files.readString(TOP.resolve("samples/spring-boot/src/main/java/io/github/uploadreceipts/samples"
                        + "/springboot/OrderApplication.java"));
        String controller = source.substring(source.indexOf("    @PostMapping"), source.lastIndexOf('}'))
                .stripTrailing()
                .stripIndent();
        assertThat(Files.readString(TOP.resolve("README.md")).contains("\n" + controller + "\n```"))
                .as("README has\n" + controller)
                .isTrue();
    }

    @Test
    void links_lead() throws Exception {
        List<String> broken = new ArrayList<>();
        for (Path page : files(TOP, ".md")) {
            for (String link : all(LINK, withoutBlocks(page))) {
                if (!link.matches("[a-z]+:.*") && !leads(page, link)) {
                    broken.add(TOP.relativize(page) + ": " + link);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    /** A message is quoted from its beginning, and {@code …} stands for what differs. */
    @ParameterizedTest
    @ValueSource(strings = {"logs.md", "troubleshooting.md"})
    void messages_areInTheCode(String page) throws Exception {
        String code = code();
        List<String> unknown = Files.readAllLines(DOCS.resolve(page)).stream()
                .filter(line -> line.startsWith("|"))
                .flatMap(line -> all(QUOTE, line).stream())
                .filter(quote -> quote.contains("…") || quote.matches("[a-zA-Z]+( [a-z-]+){3,}.*"))
                .filter(quote ->
                        !Stream.of(quote.split("…", -1)).map(String::strip).allMatch(code::contains))
                .toList();
        assertThat(unknown).isEmpty();
    }

    /** Returns the sources as if each of their texts were on one line. */
    private static String code() throws IOException {
        StringBuilder all = new StringBuilder();
        for (String module : List.of("core", "servlet-adapter", "fetcher")) {
            for (Path source : files(TOP.resolve(module), ".java")) {
                if (source.toString().contains("/src/main/")) {
                    all.append(Files.readString(source));
                }
            }
        }
        return all.toString()
                .replaceAll("\"\\s*\\+\\s*\"", "")
                .replace("''", "'")
                .replace("\\\"", "\"");
    }

    private static boolean leads(Path page, String link) throws IOException {
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
        return Files.exists(target) && (parts.length == 1 || anchors(target).contains(parts[1]));
    }

    /** Returns the names by which GitHub knows the headings of a page. */
    private static Set<String> anchors(Path page) throws IOException {
        return all(HEADING, withoutBlocks(page)).stream()
                .map(heading -> heading.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toCollection(HashSet::new));
    }

    private static String withoutBlocks(Path page) throws IOException {
        return BLOCK.matcher(Files.readString(page)).replaceAll("");
    }

    private static List<String> all(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
    }

    private static List<Path> files(Path directory, String ending) throws IOException {
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path entered, BasicFileAttributes attributes) {
                String name = entered.getFileName().toString();
                boolean made = Set.of("target", "node_modules", ".git").contains(name);
                return made ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(ending)) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }
}
