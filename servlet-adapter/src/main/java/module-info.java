/** Filters that receive uploads, deliver them to peers, and verify the receipts of the final request. */
module io.github.uploadreceipts.servlet {
    requires transitive io.github.uploadreceipts.core;
    requires transitive jakarta.servlet;
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;

    exports io.github.uploadreceipts.servlet;
}
