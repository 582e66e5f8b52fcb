package io.github.uploadreceipts.objectstorage.internal.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * An element of a document that a store sent. Its name is without a namespace, because not every store sends that.
 *
 * @param text the text directly in it
 * @param children the elements directly in it
 */
record Xml(String name, String text, List<Xml> children) {

    private static final int MAX_DEPTH = 16;
    private static final int MAX_ELEMENTS = 100_000; // listings have up to 1,000 entries
    private static final XMLInputFactory FACTORY = factory();

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        factory.setXMLResolver((publicId, systemId, base, namespace) -> {
            throw new XMLStreamException("external entity");
        });
        return factory;
    }

    /**
     * Reads a whole document. The caller bounds its size. White space may precede it: stores send some while they work, so
     * that the connection is not taken for dead.
     *
     * @throws XMLStreamException if it is not one well-formed document in UTF-8, has a document type or entities of its
     *     own, is nested deeply, or has more elements than any response
     */
    static Xml read(byte[] document) throws XMLStreamException {
        XMLStreamReader reader =
                FACTORY.createXMLStreamReader(new StringReader(decode(document).stripLeading()));
        try {
            return new Parser(reader).document();
        } finally {
            reader.close();
        }
    }

    /** The reader would print malformed bytes on the standard error output. */
    private static String decode(byte[] document) throws XMLStreamException {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(document)).toString();
        } catch (CharacterCodingException e) {
            throw new XMLStreamException("not UTF-8", e);
        }
    }

    /** Reads one document. */
    private static final class Parser {

        private final XMLStreamReader reader;
        private int elements;

        Parser(XMLStreamReader reader) {
            this.reader = reader;
        }

        Xml document() throws XMLStreamException {
            while (next() != XMLStreamConstants.START_ELEMENT) {
                // comments and instructions
            }
            Xml root = element(1);
            while (reader.hasNext()) {
                next();
            }
            return root;
        }

        private Xml element(int depth) throws XMLStreamException {
            if (depth > MAX_DEPTH) {
                throw new XMLStreamException("nested too deeply");
            }
            if (++elements > MAX_ELEMENTS) {
                throw new XMLStreamException("too many elements");
            }
            String name = reader.getLocalName();
            StringBuilder text = new StringBuilder();
            List<Xml> children = new ArrayList<>();
            for (int event = next(); event != XMLStreamConstants.END_ELEMENT; event = next()) {
                if (event == XMLStreamConstants.START_ELEMENT) {
                    children.add(element(depth + 1));
                } else if (event == XMLStreamConstants.CHARACTERS) {
                    text.append(reader.getText());
                }
            }
            return new Xml(name, text.toString(), children);
        }

        private int next() throws XMLStreamException {
            int event = reader.next();
            if (event == XMLStreamConstants.DTD || event == XMLStreamConstants.ENTITY_REFERENCE) {
                throw new XMLStreamException("a document type or an entity");
            }
            return event;
        }
    }

    /** Returns a text as it stands in a document. */
    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** Returns the text of the first child of a name. */
    Optional<String> child(String childName) {
        return children(childName).stream().map(Xml::text).findFirst();
    }

    List<Xml> children(String childName) {
        return children.stream().filter(each -> each.name.equals(childName)).toList();
    }
}
