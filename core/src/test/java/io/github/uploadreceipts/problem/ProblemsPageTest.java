package io.github.uploadreceipts.problem;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The page about problem types is generated from the comments in {@link ProblemType}. */
class ProblemsPageTest {

    private static final Path PAGE = Path.of("docs/problems.md");
    private static final Path SOURCE =
            Path.of("src/main/java", ProblemType.class.getName().replace('.', '/') + ".java");
    private static final String WRITE = "upload-receipts-test.write-docs";
    private static final String COMMAND = "mvn test -pl core -Dtest=ProblemsPageTest -D" + WRITE + "=true";

    private static final Pattern EXPLANATION = Pattern.compile(
            "(?<when>.+)\n<p>What to change: (?<change>.+)\n<p>Trying again helps: (?<again>(?<helps>yes|no)\\b.*)");
    private static final Pattern CODE = Pattern.compile("\\{@code ([^{}]*)}");

    private static final Map<String, String> COMMENTS = comments();

    /** Returns the documentation comments of the fields in the source. */
    private static Map<String, String> comments() {
        Map<String, String> comments = new HashMap<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            JavacTask task = (JavacTask)
                    compiler.getTask(null, files, null, List.of("-proc:none"), null, files.getJavaFileObjects(SOURCE));
            Trees trees = Trees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                new TreePathScanner<Void, Void>() {
                    @Override
                    public Void visitVariable(VariableTree field, Void nothing) {
                        Optional.ofNullable(trees.getDocComment(getCurrentPath()))
                                .ifPresent(text -> comments.put(field.getName().toString(), text));
                        return super.visitVariable(field, null);
                    }
                }.scan(unit, null);
            }
        } catch (IOException e) {
            throw new IllegalStateException(SOURCE + " cannot be read", e);
        }
        return comments;
    }

    /** Returns a comment as Markdown, with one line per paragraph. */
    private static String plain(String comment) {
        String paragraphs = Arrays.stream(comment.strip().split("\n\\s*\n"))
                .map(paragraph -> paragraph.strip().replaceAll("\\s+", " "))
                .collect(Collectors.joining("\n"));
        return CODE.matcher(paragraphs).replaceAll("`$1`");
    }

    private static String anchor(ProblemType type) {
        return type.uri().substring(type.uri().indexOf('#') + 1);
    }

    private static String page() {
        String example = Problem.limit(
                        ProblemType.FILE_TOO_LARGE, "A file may have 20000000 bytes.", 20_000_000, 23_068_672)
                .toJson();
        return """
                # Problem types

                <!-- Generated from the comments in ProblemType. To write it anew: %s -->

                When a request is refused, the response is a problem details object (RFC 9457) of the type
                `%s`. A browser that sends a plain form gets the same as a page.

                ```json
                %s
                ```

                `type` is stable: a client may branch on it. `detail`, if there is one, is a sentence for the developer of the
                client. `limit` is a bound that was passed and `actual` the value that passed it, both in the bound's own
                unit. `errors` names single receipts. Words such as `max-file-size` are
                [settings](../../servlet-adapter/docs/settings.md).

                | status | type | title | try again? |
                |---|---|---|---|
                %s
                ## Types of a response

                %s
                ## Types of a receipt

                These stand in the `errors` of [receipts-refused](#receipts-refused), one for each receipt that is refused.

                %s""".formatted(
                COMMAND,
                Problem.MEDIA_TYPE,
                example,
                Arrays.stream(ProblemType.values()).map(ProblemsPageTest::row).collect(Collectors.joining()),
                sections(type -> !isOfReceipt(type)),
                sections(ProblemsPageTest::isOfReceipt));
    }

    private static boolean isOfReceipt(ProblemType type) {
        return type.compareTo(ProblemType.RECEIPT_INVALID) >= 0;
    }

    private static String row(ProblemType type) {
        return "| %d | [%s](#%2$s) | %s | %s |\n"
                .formatted(
                        type.status(),
                        anchor(type),
                        type.title(),
                        explanation(type).group("helps"));
    }

    private static String sections(Predicate<ProblemType> which) {
        return Arrays.stream(ProblemType.values())
                .filter(which)
                .map(ProblemsPageTest::section)
                .collect(Collectors.joining("\n"));
    }

    private static String section(ProblemType type) {
        Matcher explanation = explanation(type);
        return """
                ### %s

                **%d %s.** %s

                *What to change:* %s

                *Does trying again help?* %s
                """.formatted(
                        anchor(type),
                        type.status(),
                        type.title(),
                        explanation.group("when"),
                        capitalized(explanation.group("change")),
                        capitalized(explanation.group("again")));
    }

    private static Matcher explanation(ProblemType type) {
        Matcher explanation = EXPLANATION.matcher(plain(COMMENTS.getOrDefault(type.name(), "")));
        assertThat(explanation.matches())
                .as(
                        "the comment of %s has three paragraphs: when it happens; What to change: ...;"
                                + " Trying again helps: yes or no",
                        type)
                .isTrue();
        return explanation;
    }

    private static String capitalized(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    @ParameterizedTest
    @EnumSource
    void comment_saysWhenWhatToChangeAndWhetherTryingAgainHelps(ProblemType type) {
        Matcher explanation = explanation(type);
        for (String part : List.of("when", "change", "again")) {
            assertThat(explanation.group(part)).endsWith(".").doesNotContain("{@", "<");
        }
    }

    @Test
    void page_isWhatTheCommentsSay() throws IOException {
        if (Boolean.getBoolean(WRITE)) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page());
        }
        assertThat(Files.exists(PAGE) ? Files.readString(PAGE) : "")
                .as("%s differs from the comments in ProblemType; generate it again: %s", PAGE, COMMAND)
                .isEqualTo(page());
    }
}
