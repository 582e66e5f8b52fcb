package io.github.uploadreceipts.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProblemTest {

    @Test
    void toJson_exactBytes() {
        assertThat(Problem.of(ProblemType.NOT_FOUND).toJson())
                .isEqualTo("{\"type\":\"https://uploadreceipts.github.io/problems#not-found\","
                        + "\"title\":\"There is nothing here\",\"status\":404}");
        assertThat(Problem.of(ProblemType.NO_SPACE, "Say \"please\".\n").toJson())
                .isEqualTo("{\"type\":\"https://uploadreceipts.github.io/problems#no-space\","
                        + "\"title\":\"There is no room for the upload\",\"status\":507,"
                        + "\"detail\":\"Say \\\"please\\\".\\n\"}");
        assertThat(Problem.limit(ProblemType.FILE_TOO_LARGE, "A file may have 5 bytes.", 5, 6)
                        .toJson())
                .isEqualTo("{\"type\":\"https://uploadreceipts.github.io/problems#file-too-large\","
                        + "\"title\":\"The file is too large\",\"status\":413,"
                        + "\"detail\":\"A file may have 5 bytes.\",\"limit\":5,\"actual\":6}");
        assertThat(Problem.receipts(List.of(new Problem.AtIndex(3, ProblemType.RECEIPT_EXPIRED)))
                        .toJson())
                .isEqualTo("{\"type\":\"https://uploadreceipts.github.io/problems#receipts-refused\","
                        + "\"title\":\"Not every receipt is accepted\",\"status\":422,"
                        + "\"errors\":[{\"index\":3,"
                        + "\"type\":\"https://uploadreceipts.github.io/problems#receipt-expired\","
                        + "\"title\":\"The receipt has expired\",\"status\":422}]}");
    }

    @Test
    void types_stableAndDistinct() {
        assertThat(Arrays.stream(ProblemType.values()).map(ProblemType::uri)).doesNotHaveDuplicates();
        assertThat(ProblemType.values()).allSatisfy(type -> {
            assertThat(type.status()).isBetween(400, 599);
            assertThat(type.uri()).matches("https://uploadreceipts\\.github\\.io/problems#[a-z]+(-[a-z]+)*");
        });
    }

    @Test
    void exceptions_saySomethingToTheLogAndTheProblemToTheClient() {
        Problem problem = Problem.of(ProblemType.NO_SPACE, "Try later.");
        assertThat(new UploadRefusedException(problem)).hasMessage("NO_SPACE: Try later.");
        assertThat(new UploadRefusedException(problem).problem()).isSameAs(problem);
        ReceiptsRefusedException many = new ReceiptsRefusedException(java.util.stream.IntStream.range(0, 12)
                .mapToObj(i -> new ReceiptsRefusedException.Failure(i, ProblemType.RECEIPT_INVALID, "why"))
                .toList());
        assertThat(many).hasMessageStartingWith("0: why; 1: why; ").hasMessageEndingWith("9: why; and 2 more");
        assertThat(many.problem().errors()).hasSize(12);
    }
}
