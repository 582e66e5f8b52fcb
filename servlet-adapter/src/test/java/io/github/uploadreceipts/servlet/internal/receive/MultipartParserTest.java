package io.github.uploadreceipts.servlet.internal.receive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartParserTest {

    private static final String A = "Content-Disposition: form-data; name=\"a\"\r\n";

    /** Records the parser's calls: {@code name=content;} for each part, or the problem at which it ended. */
    static final class Notes implements MultipartParser.Handler {

        final StringBuilder text = new StringBuilder();
        final List<PartHeaders> headers = new ArrayList<>();
        int headerBytes;

        @Override
        public void beginPart(PartHeaders begun, int headerSize) {
            headers.add(begun);
            headerBytes += headerSize;
            text.append(begun.name()).append('=');
        }

        @Override
        public void content(ByteBuffer bytes) {
            assertThat(bytes.hasRemaining()).as("content is never empty").isTrue();
            text.append(ISO_8859_1.decode(bytes));
        }

        @Override
        public void endPart() {
            text.append(';');
        }

        @Override
        public void keeps(int bytes) {}
    }

    static MediaType type(String boundary) {
        return MediaType.parse("multipart/form-data; boundary=\"" + boundary + "\"")
                .orElseThrow();
    }

    static String parse(String boundary, String body, int... cuts) {
        Notes notes = new Notes();
        try {
            MultipartParser parser = MultipartParser.create(type(boundary), notes);
            byte[] bytes = body.getBytes(ISO_8859_1);
            int from = 0;
            for (int cut : cuts) {
                parser.push(bytes, from, cut - from);
                from = cut;
            }
            parser.push(bytes, from, bytes.length - from);
            parser.end();
        } catch (UploadRefusedException e) {
            notes.text.append('!').append(e.problem().type());
        }
        return notes.text.toString();
    }

    private static String parse(String body) {
        return parse("x", body);
    }

    static String parseBytewise(String boundary, String body) {
        int[] cuts = new int[body.length()];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = i;
        }
        return parse(boundary, body, cuts);
    }

    private static String part(String content) {
        return "--x\r\n" + A + "\r\n" + content + "\r\n";
    }

    static List<String> bodies() {
        return List.of(
                part("one") + "--x--\r\n",
                part("one") + part("") + part("three") + "--x--",
                "--x--",
                "preamble\r\n" + part("one") + "--x--epilogue\r\n--x\r\n",
                "\n" + part("hidden") + part("two") + "--x--",
                "pre--x\r\n" + A + "\r\nhidden\r\n--x--",
                "\r\n" + part("one") + "--x--",
                "--x \t \r\n" + A + "\r\none\r\n--x\t\r\n" + A + "\r\ntwo\r\n--x--",
                part("\r") + part("\r\r\r\n\r\n") + part("\r\n-") + part("\r\n--") + part("\r\n--\r\n--") + "--x--",
                part("\n--x--\r--x--x--x\r\r\n-\r\n-x\r\n--X\r\n--y") + "--x--",
                part("no final boundary") + "--x-",
                part("no final boundary"),
                part("broken") + "--xy\r\n" + A + "\r\n\r\n--x--",
                part("broken") + "--x\rZ",
                "--x\r\n" + A + "\r\n" + part("after an empty one") + "--x\r\n" + A + "\r\n--x--",
                part("-") + part("--") + part("--y") + part("--x") + "--x--",
                "--x\r\n\r\nno header\r\n--x--",
                "--x\r\n" + A + A + "\r\ntwice\r\n--x--",
                "--x\r\n" + A + " folded\r\n\r\nno\r\n--x--");
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void push_cutAnywhere_findsTheSame(String body) {
        String whole = parse(body);
        assertThat(whole).isEqualTo(reference("x", body));
        assertThat(parseBytewise("x", body)).isEqualTo(whole);
        for (int cut = 0; cut <= body.length(); cut++) {
            assertThat(parse("x", body, cut)).as("cut at %d", cut).isEqualTo(whole);
        }
    }

    @Test
    void push_exactVectors() {
        assertThat(parse(part("one") + part("") + "--x--\r\n")).isEqualTo("a=one;a=;");
        assertThat(parse("--x--")).isEmpty();
        assertThat(parse("preamble --\r\n" + part("one") + "--x--epilogue\r\n--x\r\n"))
                .isEqualTo("a=one;");
        assertThat(parse("--x  \t\r\n" + A + "\r\none\r\n--x--")).isEqualTo("a=one;");
        assertThat(parse(part("\r\r\n-\r\n--") + "--x--")).isEqualTo("a=\r\r\n-\r\n--;");
        assertThat(parse(part("\r\n--\r\n") + "--x--")).isEqualTo("a=\r\n--\r\n;");
    }

    /**
     * RFC 2046, section 5.1.1: a body part may end with its header. The line break after it then belongs to the
     * delimiter.
     */
    @Test
    void push_boundaryRightBehindHeader_isAnEmptyPart() {
        assertThat(parse("--x\r\n" + A + "\r\n" + part("one") + "--x\r\n" + A + "\r\n--x--"))
                .isEqualTo("a=;a=one;a=;");
        assertThat(parse(part("--y") + part("-") + part("--") + "--x--")).isEqualTo("a=--y;a=-;a=--;");
    }

    @Test
    void beginPart_nameThatLooksLikeUndecodedUtf8_isDecodedOnce() throws Exception {
        Notes notes = new Notes();
        MultipartParser parser = MultipartParser.create(type("x"), notes);
        String disposition = "Content-Disposition: form-data; name=\"\u00c3\u00a4\"; filename=\"\u00c3\u00a4.txt\"";
        byte[] body = ("--x\r\n" + disposition + "\r\n\r\n").getBytes(UTF_8);
        parser.push(body, 0, body.length);
        assertThat(notes.headers.get(0).name()).isEqualTo("\u00c3\u00a4");
        assertThat(notes.headers.get(0).disposition().fileName()).contains("\u00c3\u00a4.txt");
    }

    @Test
    void push_longBoundaryAtChunkEdges_findsTheSame() {
        String boundary = "----WebKitFormBoundary" + "0123456789abcdef".repeat(3);
        String almost = "\r\n--" + boundary.substring(0, boundary.length() - 1);
        String body = "--" + boundary + "\r\n" + A + "\r\n" + almost + almost + "!\r\n--" + boundary + "--";
        for (int cut = 0; cut <= body.length(); cut++) {
            assertThat(parse(boundary, body, cut)).isEqualTo("a=" + almost + almost + "!;");
        }
    }

    @Test
    void push_nestedMultipart_isContent() {
        String inner = "--y\r\nContent-Disposition: file; filename=\"n\"\r\n\r\nnested\r\n--y--";
        assertThat(parse(part(inner) + "--x--")).isEqualTo("a=" + inner + ";");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--xx\r\n", // a longer boundary
                "--x \r\r\n",
                "--x\n",
                "--x-\r\n",
                "--x --\r\n"
            })
    void push_somethingElseBehindBoundary_isRefused(String line) {
        assertThat(parse(line + A + "\r\none\r\n--x--")).isEqualTo("!MALFORMED_MULTIPART");
    }

    @Test
    void push_padding_hasABound() {
        String end = "\r\n" + A + "\r\none\r\n--x--";
        assertThat(parse("--x" + " ".repeat(64) + end)).isEqualTo("a=one;");
        assertThat(parse("--x" + " ".repeat(65) + end)).isEqualTo("!MALFORMED_MULTIPART");
    }

    @Test
    void push_preamble_hasABound() {
        String rest = "\r\n" + part("one") + "--x--";
        assertThat(parse("p".repeat(8 * 1024) + rest)).isEqualTo("a=one;");
        assertThat(parse("x", "p".repeat(8 * 1024) + rest, 1_000, 5_000, 8_000)).isEqualTo("a=one;");
        assertThat(parse("p".repeat(8 * 1024 + 1) + rest)).isEqualTo("!MALFORMED_MULTIPART");
    }

    /** If the parser skipped that part, its file would be lost silently. */
    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", " ", "preamble", "pre\r\namble\n"})
    void push_firstBoundaryInsideALine_isRefused(String before) {
        assertThat(parse(before + part("one") + "--x--")).isEqualTo("!MALFORMED_MULTIPART");
        assertThat(parse(before + part("one") + part("two") + "--x--")).isEqualTo("!MALFORMED_MULTIPART");
    }

    @Test
    void push_header_hasABound() throws Exception {
        int room = 8 * 1024 - A.length() - "X: \r\n\r\n".length();
        assertThat(parse("--x\r\n" + A + "X: " + "v".repeat(room) + "\r\n\r\none\r\n--x--"))
                .isEqualTo("a=one;");
        assertThat(parse("--x\r\n" + A + "X: " + "v".repeat(room + 1) + "\r\n\r\none\r\n--x--"))
                .isEqualTo("!FIELDS_TOO_LARGE");
        assertThat(parse("--x\r\n" + "v".repeat(9_000))).isEqualTo("!FIELDS_TOO_LARGE");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Content-Type: text/plain\r\n",
                "Content-Disposition: attachment; name=\"a\"\r\n",
                "Content-Disposition: form-data; name=\"a\r\n",
                "Content-Disposition: form-data; name=a; name=b\r\n",
                "Content-Disposition : form-data; name=\"a\"\r\n",
                A + "no colon\r\n",
                A + ": no name\r\n",
                A + "X Y: space\r\n",
                A + "X: bare\nfeed\r\n",
                A + "X: nul\0\r\n",
                A + "X\1: control\r\n",
                A + "X: 1\r\nx: 2\r\n",
                A + "\tfolded\r\n"
            })
    void push_invalidHeader_isRefused(String header) {
        assertThat(parse("--x\r\n" + header + "\r\none\r\n--x--")).endsWith("!MALFORMED_MULTIPART");
    }

    @Test
    void push_transferEncodings_areOnlyThoseThatChangeNothing() {
        for (String identity : List.of("7bit", "8BIT", "binary")) {
            assertThat(parse("--x\r\n" + A + "Content-Transfer-Encoding: " + identity + "\r\n\r\n1\r\n--x--"))
                    .isEqualTo("a=1;");
        }
        for (String other : List.of("base64", "quoted-printable", "")) {
            assertThat(parse("--x\r\n" + A + "Content-Transfer-Encoding: " + other + "\r\n\r\n1\r\n--x--"))
                    .isEqualTo("!UNSUPPORTED_CONTENT");
        }
    }

    @Test
    void beginPart_fileFields_areToldFromOthers() throws Exception {
        Notes notes = new Notes();
        MultipartParser parser = MultipartParser.create(type("x"), notes);
        String body = part("") + "--x\r\nContent-Disposition: form-data; name=f; filename=\"\"\r\n\r\n\r\n"
                + "--x\r\ncontent-DISPOSITION:form-data;name=\"f\";filename=\"\u00c3\u00a4.txt\"\r\n"
                + "Content-Type:  a/b \r\n\r\n\r\n--x--";
        parser.push(body.getBytes(ISO_8859_1), 0, body.length());
        parser.end();

        assertThat(notes.headers).extracting(PartHeaders::isFile).containsExactly(false, true, true);
        assertThat(notes.headers.get(1).disposition().fileName()).contains("");
        assertThat(notes.headers.get(2).disposition().fileName()).contains("ä.txt");
        assertThat(notes.headers.get(2).contentType()).contains("a/b");
        assertThat(notes.headerBytes).isEqualTo(body.length() - "--x\r\n\r\n--x\r\n\r\n--x\r\n\r\n--x--".length());
    }

    @Test
    void text_isTheHeaderAgain() throws Exception {
        byte[] lines = ("X-Tab:  a\tb \r\n" + A).getBytes(ISO_8859_1);
        PartHeaders headers = PartHeaders.parse(lines, lines.length);
        assertThat(headers.text()).isEqualTo("content-disposition: form-data; name=\"a\"\r\nx-tab: a\tb\r\n");
    }

    /**
     * Chromium sends control characters in file names. The application must not get them in a field that it parses
     * again.
     */
    @Test
    void parse_controls_areDropped() throws Exception {
        byte[] line = "Content-Disposition: form-data; name=\"a\1b\"; filename=\"\33[31m\tc\177.txt\"\r\n"
                .getBytes(ISO_8859_1);
        PartHeaders headers = PartHeaders.parse(line, line.length);
        assertThat(headers.name()).isEqualTo("ab");
        assertThat(headers.disposition().fileName()).contains("[31m\tc.txt");
        assertThat(headers.text())
                .isEqualTo("content-disposition: form-data; name=\"ab\"; filename=\"[31m\tc.txt\"\r\n");
    }

    @Test
    void beginPart_headerThatIsNotUtf8_isTakenByteByCharacter() throws Exception {
        Notes notes = new Notes();
        MultipartParser parser = MultipartParser.create(type("x"), notes);
        byte[] body = "--x\r\nContent-Disposition: form-data; name=f; filename=\"\u00e4\"\r\n\r\n".getBytes(ISO_8859_1);
        parser.push(body, 0, body.length);
        assertThat(notes.headers.get(0).disposition().fileName()).contains("ä");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a ", "a\tb", "ä", "a;b", "a\\\\b", "a\\\"b", "a@b"})
    void create_invalidBoundary_isRefused(String boundary) {
        assertRefused("multipart/form-data; boundary=\"" + boundary + "\"");
    }

    @Test
    void create_boundaryOfOneTo70Characters_isTaken() throws Exception {
        String all = "0123456789abcXYZ'()+_,-./:=?!#$%&*^`|~";
        for (String boundary : List.of("x", "x".repeat(70), all, "a b")) {
            String body = "--" + boundary + "\r\n" + A + "\r\none\r\n--" + boundary + "--";
            assertThat(parse(boundary, body)).isEqualTo("a=one;");
        }
        assertRefused("multipart/form-data; boundary=" + "x".repeat(71));
        assertRefused("multipart/form-data");
    }

    private static void assertRefused(String type) {
        assertThatThrownBy(() -> MultipartParser.create(MediaType.ofBody(type), new Notes()))
                .isInstanceOfSatisfying(
                        UploadRefusedException.class,
                        e -> assertThat(e.problem().type()).isEqualTo(ProblemType.MALFORMED_MULTIPART));
    }

    /**
     * Compares random bodies, made of parts of delimiters and cut at random, with a simple parser of the complete body.
     */
    @Test
    void push_randomBodies_agreeWithTheReference() {
        Random random = new Random(20_261_121);
        String[] boundaries = {"x", "--", "-x-", "xx", "=_Part 7?"};
        int parts = 0;
        for (int round = 0; round < 10_000; round++) {
            String boundary = boundaries[random.nextInt(boundaries.length)];
            String[] atoms = {
                "\r",
                "\n",
                "\r\n",
                "-",
                "--",
                boundary,
                "\r\n--" + boundary,
                "\r\n--" + boundary + "\r\n" + A + "\r\n",
                "x",
                "\r\n--",
                " ",
                "--" + boundary + "--"
            };
            StringBuilder body = new StringBuilder("--" + boundary + "\r\n" + A + "\r\n");
            for (int i = random.nextInt(8); i > 0; i--) {
                body.append(atoms[random.nextInt(atoms.length)]);
            }
            if (random.nextInt(4) > 0) {
                body.append("\r\n--").append(boundary).append("--");
            }
            int first = random.nextInt(body.length() + 1);
            int second = first + random.nextInt(body.length() - first + 1);
            String text = body.toString();
            String expected = reference(boundary, text);
            assertThat(parse(boundary, text, first, second)).as(text).isEqualTo(expected);
            assertThat(parseBytewise(boundary, text)).as(text).isEqualTo(expected);
            parts += expected.length() - expected.replace(";", "").length();
        }
        assertThat(parts).as("complete parts").isGreaterThan(10_000);
    }

    /**
     * A naive implementation of RFC 2046 that searches the complete body with indexOf. Its only bound is that of
     * padding.
     */
    static String reference(String boundary, String body) {
        StringBuilder notes = new StringBuilder();
        String delimiter = "\r\n--" + boundary;
        String rest = "\r\n" + body;
        int at = rest.indexOf(delimiter);
        if (at >= 0 && rest.substring(0, at).contains("--" + boundary)) {
            return "!MALFORMED_MULTIPART";
        }
        while (at >= 0) {
            rest = rest.substring(at + delimiter.length());
            if (rest.startsWith("--")) {
                return notes.toString();
            }
            int padding = 0;
            while (padding < rest.length() && " \t".indexOf(rest.charAt(padding)) >= 0) {
                padding++;
            }
            if (padding > 64) {
                return notes + "!MALFORMED_MULTIPART";
            }
            rest = rest.substring(padding);
            if (!rest.startsWith("\r\n")) {
                boolean mayGoOn = rest.isEmpty() || rest.equals("\r") || (rest.equals("-") && padding == 0);
                return notes + (mayGoOn ? "!INCOMPLETE_BODY" : "!MALFORMED_MULTIPART");
            }
            rest = rest.substring(2);
            int headerEnd = rest.startsWith("\r\n") ? 0 : rest.indexOf("\r\n\r\n");
            if (headerEnd < 0) {
                return notes + "!INCOMPLETE_BODY";
            }
            try {
                byte[] lines = (rest.substring(0, headerEnd) + "\r\n").getBytes(ISO_8859_1);
                notes.append(PartHeaders.parse(lines, lines.length).name()).append('=');
            } catch (UploadRefusedException e) {
                return notes + "!" + e.problem().type();
            }
            rest = rest.substring(headerEnd + 2);
            at = rest.indexOf(delimiter);
            String content = at < 0 ? withoutBegunDelimiter(rest, delimiter) : rest.substring(0, at);
            notes.append(content.substring(Math.min(2, content.length()))).append(at < 0 ? "" : ";");
        }
        return notes + "!INCOMPLETE_BODY";
    }

    private static String withoutBegunDelimiter(String content, String delimiter) {
        int begun = delimiter.length() - 1;
        while (!content.endsWith(delimiter.substring(0, begun))) {
            begun--;
        }
        return content.substring(0, content.length() - begun);
    }
}
