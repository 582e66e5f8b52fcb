package io.github.uploadreceipts.objectstorage.internal.s3;

import java.io.ByteArrayInputStream;
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
     * Reads a whole document. The caller bounds its size.
     *
     * @throws XMLStreamException if it is not one well-formed document, has a document type or entities of its own, or is
     *     nested deeply
     */
    static Xml read(byte[] document) throws XMLStreamException {
        XMLStreamReader reader = FACTORY.createXMLStreamReader(new ByteArrayInputStream(document));
        try {
            while (reader.next() != XMLStreamConstants.START_ELEMENT) {
                refuseDeclarations(reader);
            }
            Xml root = element(reader, 1);
            while (reader.hasNext()) {
                reader.next();
                refuseDeclarations(reader);
            }
            return root;
        } finally {
            reader.close();
        }
    }

    private static void refuseDeclarations(XMLStreamReader reader) throws XMLStreamException {
        int event = reader.getEventType();
        if (event == XMLStreamConstants.DTD || event == XMLStreamConstants.ENTITY_REFERENCE) {
            throw new XMLStreamException("a document type or an entity");
        }
    }

    private static Xml element(XMLStreamReader reader, int depth) throws XMLStreamException {
        if (depth > MAX_DEPTH) {
            throw new XMLStreamException("nested too deeply");
        }
        String name = reader.getLocalName();
        StringBuilder text = new StringBuilder();
        List<Xml> children = new ArrayList<>();
        while (reader.next() != XMLStreamConstants.END_ELEMENT) {
            refuseDeclarations(reader);
            if (reader.isStartElement()) {
                children.add(element(reader, depth + 1));
            } else if (reader.isCharacters()) {
                text.append(reader.getText());
            }
        }
        return new Xml(name, text.toString(), children);
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
