package io.github.uploadreceipts.servlet.internal.receive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.ReceiptsRefusedException;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.response.UploadPage;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests what is done with the parts that the parser finds. */
class FormPartsTest {

    private static final MediaType TYPE =
            MediaType.parse("multipart/form-data; boundary=x").orElseThrow();
    private static final String END = "--x--";

    private final InMemoryUploadStore store = InMemoryUploadStore.create();
    private final UploadHost host = UploadHost.builder(KeyRing.generate("test"), store)
            .internalUrl("http://127.0.0.1:8080")
            .executor(Runnable::run)
            .developmentMode()
            .build();
    private final Engine engine = HostAccess.engine(host);
    private Reception reception;

    @BeforeEach
    void begin() throws Exception {
        reception = reception(UploadLimits.builder().maxFieldBytes(300).build());
    }

    @AfterEach
    void close() throws Exception {
        reception.abandon();
        host.close();
        assertThat(store.isEmpty()).isTrue();
    }

    private Reception reception(UploadLimits limits) throws Exception {
        Admission admission = Admission.of(UploadPermit.anyone(limits));
        return new Reception(engine, Way.RAW, admission, new InFlight().enter(admission, "127.0.0.1"));
    }

    private static String field(String name, String value) {
        return "--x\r\nContent-Disposition: form-data; name=" + name + "\r\n\r\n" + value + "\r\n";
    }

    private static String file(String name, String content) {
        return field("f; filename=\"" + name + "\"", content);
    }

    private FormParts receive(Predicate<PartHeaders> wanted, String... parts) throws UploadRefusedException {
        FormParts form = new FormParts(reception, wanted);
        push(MultipartParser.create(TYPE, form), String.join("", parts));
        return form;
    }

    private static void push(BodyParser parser, String body) throws UploadRefusedException {
        byte[] bytes = body.getBytes(ISO_8859_1);
        parser.push(bytes, 0, bytes.length);
    }

    private List<String> stored() {
        return store.receiving().values().stream()
                .map(content -> new String(content, ISO_8859_1))
                .toList();
    }

    private static void assertRefused(RefusedException e, ProblemType type, long limit, long actual) {
        assertThat(e.problem().type()).isEqualTo(type);
        assertThat(e.problem().limit()).hasValue(limit);
        assertThat(e.problem().actual()).hasValue(actual);
    }

    @Test
    void parts_filesAndFields_areInTheFormsOrder() throws Exception {
        FormParts form =
                receive(part -> true, field("a", "1"), file("n", "one"), field("b", "2"), file("m", "two"), END);
        assertThat(form.parts()).extracting(part -> part.headers().name()).containsExactly("a", "f", "b", "f");
        assertThat(form.parts()).extracting(FormParts.Part::text).containsExactly("1", "", "2", "");
        assertThat(form.parts())
                .extracting(FormParts.Part::file)
                .containsExactly(FormParts.Part.NO_FILE, 0, FormParts.Part.NO_FILE, 1);
        assertThat(form.parts().get(2).content()).isEqualTo(new byte[] {'2'});
        assertThat(stored()).containsExactly("one", "two");
    }

    @Test
    void endPart_files_canBePublished() throws Exception {
        receive(part -> true, file("n", "one"), file("m", ""), END);
        List<IssuedReceipt> receipts = reception.publish().join();
        reception.withdraw(receipts);
        assertThat(receipts).extracting(issued -> issued.receipt().name()).containsExactly("n", "m");
        assertThat(receipts).extracting(issued -> issued.receipt().size()).containsExactly(3L, 0L);
    }

    @Test
    void content_inChunks_isOneFileOrField() throws Exception {
        FormParts form = new FormParts(reception, part -> true);
        MultipartParser parser = MultipartParser.create(TYPE, form);
        String body = file("n", "one") + file("", "two") + field("a", "three") + END;
        for (int i = 0; i < body.length(); i++) {
            push(parser, body.substring(i, i + 1));
        }
        assertThat(form.parts()).extracting(FormParts.Part::file).containsExactly(0, 1, FormParts.Part.NO_FILE);
        assertThat(form.parts().get(2).text()).isEqualTo("three");
        assertThat(stored()).containsExactly("one", "two");
    }

    @Test
    void parts_fieldsThatNobodyWants_areLeftOutAndCounted() throws Exception {
        FormParts form = receive(part -> part.name().equals("a"), field("b", "2"), field("a", "1"), file("n", ""), END);
        assertThat(form.parts()).extracting(FormParts.Part::text).containsExactly("1", "");
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> receive(part -> false, field("b", "2".repeat(300)), END))
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.FIELDS_TOO_LARGE));
    }

    @Test
    void parts_emptyFileField_isNoFile() throws Exception {
        FormParts form = receive(part -> true, file("", ""), END);
        assertThat(form.parts()).extracting(FormParts.Part::file).containsExactly(FormParts.Part.NO_FILE);
        assertThat(stored()).isEmpty();
    }

    @Test
    void parts_contentWithoutFileName_isOneFile() throws Exception {
        FormParts form = receive(part -> true, file("", "some\r\n-more"), END);
        assertThat(form.parts()).extracting(FormParts.Part::file).containsExactly(0);
        assertThat(stored()).containsExactly("some\r\n-more");
    }

    @Test
    void beginPart_fieldWithPartsInIt_isRefused() throws Exception {
        String parts = "--y\r\nContent-Disposition: file; filename=a.jpg\r\n\r\none\r\n--y--";
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() ->
                        receive(part -> true, field("f\r\nContent-Type: multipart/mixed, boundary=y", parts), END))
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.UNSUPPORTED_CONTENT));
        receive(part -> true, field("f; filename=a.mht\r\nContent-Type: multipart/related; boundary=y", parts), END);
        assertThat(stored()).as("a web page that somebody saved").containsExactly(parts);
    }

    @Test
    void endPart_undecodableFileName_isAFileNonetheless() throws Exception {
        receive(part -> true, field("f; filename*=KOI8-R''%C1", "one"), END);
        assertThat(stored()).containsExactly("one");
    }

    @Test
    void beginPart_fieldBytes_haveABoundThatHeadersAndFieldsShare() throws Exception {
        int header = "Content-Disposition: form-data; name=a\r\n\r\n".length();
        assertThatCode(() -> receive(part -> true, field("a", "v".repeat(300 - header)), END))
                .doesNotThrowAnyException();
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> receive(part -> true, field("a", "v".repeat(301 - header)), END))
                .satisfies(e -> assertRefused(e, ProblemType.FIELDS_TOO_LARGE, 300, 301));
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> receive(part -> true, field("a", "").repeat(300 / header + 1), END))
                .satisfies(e -> assertRefused(e, ProblemType.FIELDS_TOO_LARGE, 300, header * (300L / header + 1)));
    }

    @Test
    void beginPart_contentOfFiles_isNoFieldBytes() throws Exception {
        receive(part -> true, file("n", "c".repeat(301)), END);
        assertThat(stored()).containsExactly("c".repeat(301));
    }

    @Test
    void beginPart_parts_haveABound() throws Exception {
        reception = reception(UploadLimits.builder().maxFieldBytes(1 << 20).build());
        assertThat(receive(part -> true, field("a", "").repeat(4_000), END).parts())
                .hasSize(4_000);
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> receive(part -> true, field("a", "").repeat(4_001), END))
                .satisfies(e -> assertRefused(e, ProblemType.FIELDS_TOO_LARGE, 4_000, 4_001));
    }

    @Test
    void refuseFiles_aFile_isForbiddenButNoEmptyField() throws Exception {
        FormParts form = new FormParts(reception, part -> true);
        form.refuseFiles();
        MultipartParser parser = MultipartParser.create(TYPE, form);
        push(parser, field("a", "1") + file("", ""));
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(() -> push(parser, file("n", "")))
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.FORBIDDEN));
        assertThat(stored()).isEmpty();
    }

    private IssuedReceipt issue(String name) throws Exception {
        Reception other = reception(UploadLimits.defaults());
        other.beginFile(name, null);
        other.endFile();
        IssuedReceipt issued = other.publish().join().get(0);
        other.withdraw(List.of(issued));
        return issued;
    }

    private static HttpServletResponse response(ByteArrayOutputStream body) {
        ServletOutputStream out = new ServletOutputStream() {
            @Override
            public void write(int b) {
                body.write(b);
            }

            @Override
            public boolean isReady() {
                return true;
            }

            @Override
            public void setWriteListener(WriteListener listener) {
                throw new UnsupportedOperationException();
            }
        };
        return (HttpServletResponse) Proxy.newProxyInstance(
                HttpServletResponse.class.getClassLoader(),
                new Class<?>[] {HttpServletResponse.class},
                (proxy, method, arguments) -> method.getName().equals("getOutputStream") ? out : null);
    }

    private CarriedForm carried(UploadResponse response) throws UploadRefusedException {
        return new CarriedForm(TYPE, reception, host.receipts(), response);
    }

    @Test
    void carriedForm_genuineReceipts_areCarriedOnInTheirOrder() throws Exception {
        IssuedReceipt first = issue("first");
        IssuedReceipt second = issue("second");
        reception = reception(UploadLimits.defaults());
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        UploadPage.Targets targets = new UploadPage.Targets("file", Optional.empty(), Set.of("note"), Optional.empty());
        UploadResponse response = new UploadResponse(engine, null, null, response(page), Optional.of(targets));
        CarriedForm form = carried(response);
        push(
                form,
                field("receipt", " " + first.token() + "\r\n")
                        + field("other", "no receipt")
                        + field("note", "a\"gift")
                        + file("n", "new"));
        push(form, field("receipt", second.token()) + field("receipt; filename=x", "a file, whatever its name"));
        push(form, field("receipt; filename=\"\"", "") + END);
        form.end();
        new NewUploads(reception, response).send(List.of());
        assertThat(page.toString(UTF_8))
                .containsSubsequence(first.token(), second.token())
                .containsOnlyOnce("<input type=\"hidden\" name=\"note\" value=\"a&quot;gift\">")
                .doesNotContain("no receipt");
    }

    @Test
    void carriedForm_aReceiptThatIsNot_refusesTheForm() throws Exception {
        CarriedForm form = carried(new UploadResponse(engine, null, null, null, Optional.empty()));
        push(form, field("receipt", "nonsense") + END);
        assertThatExceptionOfType(ReceiptsRefusedException.class).isThrownBy(form::end);
    }

    @Test
    void carriedForm_withoutItsEnd_isIncomplete() throws Exception {
        CarriedForm form = carried(new UploadResponse(engine, null, null, null, Optional.empty()));
        push(form, field("a", "1"));
        assertThatExceptionOfType(UploadRefusedException.class)
                .isThrownBy(form::end)
                .satisfies(e -> assertThat(e.problem().type()).isEqualTo(ProblemType.INCOMPLETE_BODY));
    }
}
