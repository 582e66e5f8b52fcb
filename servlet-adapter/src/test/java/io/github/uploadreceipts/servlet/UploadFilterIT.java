package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.fieldPart;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.host.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("containers")
class UploadFilterIT {

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private AdapterFixture fixture;

    static Stream<Arguments> containers() {
        return Stream.of(Container.values())
                .flatMap(container -> Stream.of(Arguments.of(container, true), Arguments.of(container, false)));
    }

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root)
                .start(
                        container,
                        async,
                        UploadLimits.builder().maxFileSize(1_000_000).build());
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    @Test
    void post_multipart_givesReceiptsInPartOrder() throws Exception {
        byte[] body = form(
                "x",
                fieldPart("title", "ignored"),
                filePart("b.txt", "text/plain", "second\r\n--y"),
                filePart("a.txt", "text/plain", ""),
                filePart("c.bin", "application/x-c", "\r\n\r\n--"));
        Wire.Answer answer = Wire.exchange(
                fixture.port(), head("POST", "/uploads") + "Content-Type: multipart/form-data; boundary=x\r\n", body);

        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        List<UploadReceipt> receipts = fixture.receipts(answer);
        assertThat(receipts).extracting(UploadReceipt::name).containsExactly("b.txt", "a.txt", "c.bin");
        assertThat(fixture.stored(receipts.get(0))).isEqualTo("second\r\n--y");
        assertThat(fixture.stored(receipts.get(1))).isEmpty();
        assertThat(fixture.stored(receipts.get(2))).isEqualTo("\r\n\r\n--");
    }

    @Test
    void put_raw_takesNameFromDisposition() throws Exception {
        Wire.Answer answer = Wire.exchange(
                fixture.port(),
                head("PUT", "/uploads") + "Content-Type: image/png\r\n"
                        + "Content-Disposition: attachment; filename*=UTF-8''%C3%A4.png\r\n",
                "picture".getBytes(StandardCharsets.UTF_8));

        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        UploadReceipt receipt = fixture.receipts(answer).get(0);
        assertThat(receipt.name()).isEqualTo("ä.png");
        assertThat(receipt.type()).isEqualTo("image/png");
        assertThat(fixture.stored(receipt)).isEqualTo("picture");
    }

    @Test
    void post_fileTooLarge_isRefusedMidBodyAndLeavesNothing() throws Exception {
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + "Content-Type: a/b\r\nContent-Length: 100000000\r\n\r\n");
            wire.send(new byte[1_000_001]);
            Wire.Answer answer = wire.answer();

            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
            assertThat(answer.body()).contains("\"limit\":1000000");
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(wire.isClosedByPeer()).isTrue();
        }
        assertThat(fixture.files()).isEmpty();
    }

    @Test
    void post_expectContinue_isAnsweredBeforeTheBody() throws Exception {
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads")
                    + "Content-Type: a/b\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
            assertThat(wire.answer().status()).isEqualTo(100);
            wire.send("abc");
            assertThat(wire.answer().status()).isEqualTo(201);
        }
    }

    @Test
    void post_bodyBreaksOff_leavesNothing() throws Exception {
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + "Content-Type: a/b\r\nContent-Length: 10\r\n\r\n12345");
            wire.shutdownOutput();
        }
        while (!fixture.files().isEmpty()) {
            Thread.onSpinWait();
        }
    }
}
