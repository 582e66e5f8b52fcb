package io.github.uploadreceipts.servlet.internal.finish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.internal.engine.MemoryBudget;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReceiptsTest {

    private static final int ROUNDS = 20_000;
    private static final List<String> ARRAYS = List.of("", "/a", "/a/b", "/0", "/a/1", "/a~1b/0");
    private static final List<String> RECEIPTS = List.of("", "/a", "/0", "/a/b", "/1/a");
    private static final List<String> NAMES = List.of("a", "b", "0", "1", "a/b");

    private final Random random = new Random(1);

    private static String read(byte[] json, String array, String receipt) throws IOException {
        FinalSettings settings = new FinalSettings(
                "receipt", array, receipt, 1 << 20, Duration.ofSeconds(1), false, Optional.empty(), false);
        try {
            return JsonReceipts.read(new ByteArrayInputStream(json), settings, memory(1 << 20))
                    .toString();
        } catch (UploadRefusedException e) {
            return e.problem().detail().orElseThrow();
        }
    }

    private static MemoryBudget.Share memory(long max) {
        return new MemoryBudget(max).share();
    }

    private static String readTree(byte[] json, String arrayPointer, String receiptPointer) {
        JsonNode array;
        try {
            array = StrictJson.ofDepth(64).parse(json).at(arrayPointer);
        } catch (IOException e) {
            return "The body is not well-formed JSON.";
        }
        if (!array.isArray()) {
            return "The body has no array of receipts at " + arrayPointer + ".";
        }
        List<String> receipts = new ArrayList<>();
        for (JsonNode element : array) {
            JsonNode receipt = element.at(receiptPointer);
            if (!receipt.isTextual()) {
                return "Element " + receipts.size() + " has no receipt at '" + receiptPointer + "'.";
            }
            receipts.add(receipt.textValue());
        }
        return receipts.toString();
    }

    @Test
    void read_anyBody_findsWhatIsInItsTree() throws IOException {
        int found = 0;
        for (int i = 0; i < ROUNDS; i++) {
            String text = value(4);
            if (random.nextInt(10) == 0) {
                int cut = random.nextInt(text.length());
                text = text.substring(0, cut) + value(1) + text.substring(cut);
            }
            byte[] json = text.getBytes(UTF_8);
            String array = ARRAYS.get(random.nextInt(ARRAYS.size()));
            String receipt = RECEIPTS.get(random.nextInt(RECEIPTS.size()));
            String expected = readTree(json, array, receipt);
            assertThat(read(json, array, receipt)).as(text).isEqualTo(expected);
            found += expected.startsWith("[") ? 1 : 0;
        }
        assertThat(found).isGreaterThan(ROUNDS / 100);
    }

    private String value(int depth) {
        int kind = random.nextInt(depth == 0 ? 3 : 6);
        StringBuilder text = new StringBuilder();
        switch (kind) {
            case 0, 1 -> text.append('"').append(random.nextInt(100)).append('"');
            case 2 -> text.append(random.nextBoolean() ? "null" : "17");
            case 3, 4 -> {
                for (int i = random.nextInt(4); i > 0; i--) {
                    text.append(text.isEmpty() ? "" : ",").append(value(depth - 1));
                }
                text.insert(0, '[').append(']');
            }
            default -> {
                for (int i = random.nextInt(4); i > 0; i--) {
                    String name = NAMES.get(random.nextInt(NAMES.size()));
                    text.append(text.isEmpty() ? "" : ", ")
                            .append('"')
                            .append(name)
                            .append("\": ");
                    text.append(value(depth - 1));
                }
                text.insert(0, '{').append('}');
            }
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1,\"a\":[]}",
                "{\"a\":[]} x",
                "{\"a\":[]}{}",
                "{\"a\":[]",
                "",
                "{\"a\":[{\"b\":1,\"b\":2}]}"
            })
    void read_malformed(String json) throws IOException {
        assertThat(read(json.getBytes(UTF_8), "/a", "")).isEqualTo("The body is not well-formed JSON.");
    }

    @Test
    void read_otherEncodings_areMalformed() throws IOException {
        assertThat(read(new byte[] {'[', '"', (byte) 0xE9, '"', ']'}, "", ""))
                .isEqualTo("The body is not well-formed JSON.");
        assertThat(read("[\"a\"]".getBytes(java.nio.charset.StandardCharsets.UTF_16), "", ""))
                .isEqualTo("The body is not well-formed JSON.");
    }

    @Test
    void read_manyNames_areHeldUntilTheirObjectEnds() throws Exception {
        String object =
                IntStream.range(0, 2_000).mapToObj(i -> "\"n" + i + "\":1").collect(joining(",", "{", "}"));
        byte[] oneByOne =
                ("{\"x\":[" + String.join(",", Collections.nCopies(10, object)) + "],\"receipts\":[]}").getBytes(UTF_8);
        MemoryBudget budget = new MemoryBudget(1 << 20);
        assertThat(JsonReceipts.read(new ByteArrayInputStream(oneByOne), FinalSettings.DEFAULTS, budget.share()))
                .isEmpty();
        assertThat(budget.held()).isZero();
        byte[] atOnce = object.replace(":1", ":" + object).getBytes(UTF_8);
        assertThatThrownBy(() ->
                        JsonReceipts.read(new ByteArrayInputStream(atOnce), FinalSettings.DEFAULTS, memory(1 << 19)))
                .isInstanceOfSatisfying(
                        UploadRefusedException.class,
                        e -> assertThat(e.problem().limit()).hasValue(1 << 19));
    }

    @Test
    void read_receiptLongerThanAny_isNotHeld() {
        byte[] json = ("{\"x\":\"" + "a".repeat(100_000) + "\",\"receipts\":[\"" + "a".repeat(100_000) + "\"]}")
                .getBytes(UTF_8);
        assertThatThrownBy(() ->
                        JsonReceipts.read(new ByteArrayInputStream(json), FinalSettings.DEFAULTS, memory(1 << 20)))
                .isInstanceOfSatisfying(
                        UploadRefusedException.class,
                        e -> assertThat(e.problem().detail().orElse("")).contains("too long"));
    }

    @ParameterizedTest
    @CsvSource({"'{\"receipts\":[', '{},'", "'{\"x\":[', '1,'", "'[', '[],'"})
    void read_manyTokens_areRefused(String begin, String repeated) {
        byte[] json = (begin + repeated.repeat(200_000)).getBytes(UTF_8);
        assertThatThrownBy(() ->
                        JsonReceipts.read(new ByteArrayInputStream(json), FinalSettings.DEFAULTS, memory(1 << 20)))
                .isInstanceOfSatisfying(UploadRefusedException.class, e -> {
                    assertThat(e.problem().status()).isEqualTo(413);
                    assertThat(e.problem().limit()).hasValue(100_000L);
                });
    }
}
