/** A fleet in memory for tests of applications, and the contract of stores. */
module io.github.uploadreceipts.testing {
    requires transitive io.github.uploadreceipts.core;
    requires transitive io.github.uploadreceipts.fetcher;
    requires io.github.uploadreceipts.servlet;
    requires org.apache.httpcomponents.client5.httpclient5;
    requires org.apache.httpcomponents.core5.httpcore5;
    requires org.assertj.core;
    requires transitive org.junit.jupiter.api;
    requires org.junit.jupiter.params;

    exports io.github.uploadreceipts.testing;

    opens io.github.uploadreceipts.testing to
            org.junit.platform.commons; // runs the tests of UploadStoreContract
}
