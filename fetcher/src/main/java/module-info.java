/** Everything that talks to a peer: fetching uploads from the hosts that hold them, and discarding them there. */
module io.github.uploadreceipts.fetcher {
    requires transitive io.github.uploadreceipts.core;
    requires org.apache.httpcomponents.client5.httpclient5;
    requires org.apache.httpcomponents.core5.httpcore5;

    // Automatic modules such as these two do not say what they require: without us nobody would.
    requires jdk.net;
    requires org.slf4j;

    exports io.github.uploadreceipts.fetch;
}
