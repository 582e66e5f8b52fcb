package io.github.uploadreceipts.objectstorage.internal.s3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.objectstorage.testing.RawServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.xml.stream.XMLStreamException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XmlTest {

    private static final int LARGEST = 8 * 1024 * 1024;
    private static final String LISTING = """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListPartsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>uploads</Bucket>
              <Part><PartNumber>1</PartNumber><ETag>&quot;a&amp;b&quot;</ETag></Part>
              <Part><PartNumber>2</PartNumber><ETag><![CDATA["c<d"]]></ETag></Part>
              <Owner><!-- nobody --><DisplayName>gr&#246;\u00dfe &#x1F600; 日本語</DisplayName></Owner>
            </ListPartsResult>
            """;

    private static Xml read(String document) throws XMLStreamException {
        return Xml.read(document.getBytes(UTF_8));
    }

    private static void assertRefused(byte[] document) {
        assertThatThrownBy(() -> Xml.read(document)).isExactlyInstanceOf(XMLStreamException.class);
    }

    private static void assertRefused(String document, String message) {
        assertThatThrownBy(() -> read(document))
                .isExactlyInstanceOf(XMLStreamException.class)
                .hasMessageContaining(message);
    }

    @Test
    void read_elements_withTheirTexts() throws Exception {
        Xml listing = read(LISTING);
        assertThat(listing.name()).isEqualTo("ListPartsResult");
        assertThat(listing.child("Bucket")).hasValue("uploads");
        assertThat(listing.child("Absent")).isEmpty();
        assertThat(listing.children("Part"))
                .extracting(part -> part.child("PartNumber").orElseThrow())
                .containsExactly("1", "2");
        assertThat(listing.children("Part"))
                .extracting(part -> part.child("ETag").orElseThrow())
                .containsExactly("\"a&b\"", "\"c<d\"");
        assertThat(listing.children("Owner").get(0).child("DisplayName")).hasValue("größe 😀 日本語");
    }

    @Test
    void read_externalDtdOrEntity_isRefusedUnread(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("secret"), "<!ENTITY x 'secret'>");
        try (RawServer server =
                RawServer.start((number, request, out) -> out.write(RawServer.response("200 OK", "")))) {
            for (String where :
                    new String[] {server.url() + "/x.dtd", file.toUri().toString()}) {
                String message = "a document type or an entity";
                assertRefused("<!DOCTYPE a SYSTEM '" + where + "'><a/>", message);
                assertRefused("<!DOCTYPE a PUBLIC 'p' '" + where + "'><a>&x;</a>", message);
                assertRefused("<!DOCTYPE a [<!ENTITY x SYSTEM '" + where + "'>]><a>&x;</a>", message);
                assertRefused("<!DOCTYPE a [<!ENTITY % x SYSTEM '" + where + "'> %x;]><a/>", message);
            }
            assertRefused("<a xmlns:xi='http://www.w3.org/2001/XInclude'>&x;</a>", "");
            assertThat(server.requests()).isEmpty();
        }
    }

    @Test
    void read_billionLaughs_isRefused() {
        StringBuilder laughs = new StringBuilder("<!DOCTYPE a [<!ENTITY l0 'ha'>");
        for (int i = 1; i < 30; i++) {
            laughs.append("<!ENTITY l%s '&l%s;&l%s;&l%s;&l%s;'>".formatted(i, i - 1, i - 1, i - 1, i - 1));
        }
        assertRefused(laughs + "]><a>&l29;</a>", "a document type or an entity");
        assertRefused(laughs + "]><a b='&l29;'/>", "a document type or an entity");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "<?xml version='1.0'?>",
                "<!-- nothing -->",
                "not XML",
                "<html><br></html>",
                "<a>",
                "<a></b>",
                "<a/><b/>",
                "<a/>text",
                "<a/>\0",
                "<a>\1</a>",
                "<a>&x;</a>",
                "<a b='&x;'/>",
                "<a b='1' b='2'/>",
                "<p:a/>",
                "{\"a\": 1}",
                "<?xml version='9.9'?><a/>"
            })
    void read_notOneDocument_isRefused(String document) {
        assertRefused(document.getBytes(UTF_8));
    }

    @Test
    void read_truncated_isRefused() {
        byte[] whole = LISTING.strip().getBytes(UTF_8);
        for (int length = 0; length < whole.length; length++) {
            byte[] part = new byte[length];
            System.arraycopy(whole, 0, part, 0, length);
            assertRefused(part);
        }
    }

    @Test
    void read_anythingButUtf8_isRefused() {
        assertRefused("<a>größe</a>".getBytes(ISO_8859_1));
        assertRefused("<?xml version='1.0' encoding='ISO-8859-1'?><a>größe</a>".getBytes(ISO_8859_1));
        assertRefused("<?xml version='1.0' encoding='UTF-16'?><a>a</a>".getBytes(UTF_16));
    }

    @Test
    void read_utf8_whateverItDeclares() throws Exception {
        for (String encoding : new String[] {"utf8", "US-ASCII", "UTF-16", "x-unknown"}) {
            assertThat(read("<?xml version='1.0' encoding='" + encoding + "'?><a>größe</a>")
                            .text())
                    .isEqualTo("größe");
        }
    }

    /** No damage gives another exception. */
    @Test
    void read_damaged_isReadOrRefused() {
        Random random = new Random(6);
        byte[] whole = LISTING.getBytes(UTF_8);
        for (int i = 0; i < 5_000; i++) {
            byte[] damaged = whole.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                damaged[random.nextInt(damaged.length)] =
                        random.nextBoolean() ? (byte) random.nextInt(256) : whole[random.nextInt(whole.length)];
            }
            try {
                Xml.read(damaged);
            } catch (XMLStreamException e) {
                // refused
            }
        }
    }

    @Test
    void read_whiteSpaceBeforeTheDeclaration_isSkipped() throws Exception {
        assertThat(read(" \r\n\t <?xml version='1.0' encoding='UTF-8'?><a>b</a>")
                        .text())
                .isEqualTo("b");
    }

    @Test
    void read_nested_upToALimit() throws Exception {
        assertThat(read("<a>".repeat(16) + "</a>".repeat(16)).name()).isEqualTo("a");
        assertRefused("<a>".repeat(17) + "</a>".repeat(17), "nested too deeply");
        assertRefused("<a>".repeat(1_000_000), "nested too deeply");
    }

    @Test
    void read_largest_isReadOrRefused() throws Exception {
        String text = "t".repeat(LARGEST - 7);
        assertThat(read("<a>" + text + "</a>").text()).isEqualTo(text);
        assertRefused("<a>" + "<b/>".repeat(LARGEST / 4 - 2) + "</a>", "too many elements");
        assertRefused("<a " + "b".repeat(LARGEST - 10) + "='1'/>", "");
        StringBuilder attributes = new StringBuilder("<a");
        for (int i = 0; attributes.length() < LARGEST; i++) {
            attributes.append(" b").append(i).append("=''");
        }
        assertRefused(attributes + "/>", "");
    }

    @Test
    void read_manyEntries_areRead() throws Exception {
        String entry = "<Contents><Key>data/495784/a</Key><LastModified>2026-11-29T06:00:00.000Z</LastModified>"
                + "<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>1</Size>"
                + "<StorageClass>STANDARD</StorageClass><Owner><ID>1</ID><DisplayName>a</DisplayName></Owner></Contents>";
        Xml listing = read("<ListBucketResult>" + entry.repeat(1_000) + "</ListBucketResult>");
        assertThat(listing.children("Contents")).hasSize(1_000);
    }
}
