/** Everything that talks to peers: fetches and discards uploads at the hosts that hold them, and relays requests. */
@SuppressWarnings("module") // the test kit is built after this module
module io.github.uploadreceipts.fetcher {
    requires transitive io.github.uploadreceipts.core;
    requires org.apache.httpcomponents.client5.httpclient5;
    requires org.apache.httpcomponents.core5.httpcore5;
    requires static jakarta.servlet; // for FetcherListener alone

    // HttpComponents are automatic modules, which cannot declare what they require. So we declare it for them.
    requires jdk.net;
    requires org.slf4j;

    exports io.github.uploadreceipts.fetch;
    exports io.github.uploadreceipts.fetch.internal.connect to
            io.github.uploadreceipts.testing;
}
