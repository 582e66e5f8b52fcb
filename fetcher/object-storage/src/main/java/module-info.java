/** Uploads in object stores: OpenStack Swift, and what speaks S3. */
module io.github.uploadreceipts.objectstorage {
    requires transitive io.github.uploadreceipts.core;
    requires com.fasterxml.jackson.databind;
    requires java.xml;
    requires org.apache.httpcomponents.client5.httpclient5;
    requires org.apache.httpcomponents.core5.httpcore5;

    // HttpComponents are automatic modules, which cannot declare what they require. So we declare it for them.
    requires jdk.net;
    requires org.slf4j;

    exports io.github.uploadreceipts.objectstorage;
}
