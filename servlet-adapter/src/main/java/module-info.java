/** Filters that receive uploads, deliver them to peers, and verify the receipts of the final request. */
module io.github.uploadreceipts.servlet {
    requires transitive io.github.uploadreceipts.core;
    requires transitive jakarta.servlet;
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires static micrometer.core; // not transitive: who requires this module would need it to compile

    exports io.github.uploadreceipts.servlet;
}
