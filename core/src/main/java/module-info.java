/**
 * Receipts, keys and the store: everything that needs neither servlets nor an HTTP client.
 *
 * <p>Applications use the exported packages. The packages exported by name only are the mechanism that the
 * servlet adapter and the fetcher share; they may change in any release.
 */
@SuppressWarnings("module") // the modules named below are built after this one
module io.github.uploadreceipts.core {
    requires transitive org.jspecify;
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires com.nimbusds.jose.jwt;
    requires static jdk.jfr;

    exports io.github.uploadreceipts.event;
    exports io.github.uploadreceipts.handover;
    exports io.github.uploadreceipts.host;
    exports io.github.uploadreceipts.key;
    exports io.github.uploadreceipts.permit;
    exports io.github.uploadreceipts.problem;
    exports io.github.uploadreceipts.receipt;
    exports io.github.uploadreceipts.share;
    exports io.github.uploadreceipts.store;
    exports io.github.uploadreceipts.internal to
            io.github.uploadreceipts.objectstorage,
            io.github.uploadreceipts.servlet,
            io.github.uploadreceipts.fetcher,
            io.github.uploadreceipts.spring,
            io.github.uploadreceipts.spring.test,
            io.github.uploadreceipts.testing;
    exports io.github.uploadreceipts.internal.archive to
            io.github.uploadreceipts.objectstorage;
    exports io.github.uploadreceipts.internal.direct to
            io.github.uploadreceipts.objectstorage,
            io.github.uploadreceipts.servlet;
    exports io.github.uploadreceipts.internal.disk to
            io.github.uploadreceipts.servlet,
            io.github.uploadreceipts.fetcher;
    exports io.github.uploadreceipts.internal.download to
            io.github.uploadreceipts.servlet,
            io.github.uploadreceipts.fetcher;
    exports io.github.uploadreceipts.internal.engine to
            io.github.uploadreceipts.servlet,
            io.github.uploadreceipts.fetcher,
            io.github.uploadreceipts.spring,
            io.github.uploadreceipts.spring.test,
            io.github.uploadreceipts.testing;
    exports io.github.uploadreceipts.internal.handover to
            io.github.uploadreceipts.objectstorage,
            io.github.uploadreceipts.servlet,
            io.github.uploadreceipts.fetcher,
            io.github.uploadreceipts.testing;
    exports io.github.uploadreceipts.internal.http to
            io.github.uploadreceipts.servlet,
            io.github.uploadreceipts.fetcher;
    exports io.github.uploadreceipts.internal.json to
            io.github.uploadreceipts.objectstorage,
            io.github.uploadreceipts.servlet,
            io.github.uploadreceipts.fetcher;
    exports io.github.uploadreceipts.internal.key to
            io.github.uploadreceipts.testing;
    exports io.github.uploadreceipts.internal.peer to
            io.github.uploadreceipts.servlet,
            io.github.uploadreceipts.fetcher;
    exports io.github.uploadreceipts.internal.resume to
            io.github.uploadreceipts.objectstorage,
            io.github.uploadreceipts.servlet,
            io.github.uploadreceipts.fetcher;
    exports io.github.uploadreceipts.internal.seal to
            io.github.uploadreceipts.fetcher;
    exports io.github.uploadreceipts.internal.settings to
            io.github.uploadreceipts.servlet,
            io.github.uploadreceipts.fetcher,
            io.github.uploadreceipts.spring;
    exports io.github.uploadreceipts.internal.share to
            io.github.uploadreceipts.objectstorage,
            io.github.uploadreceipts.servlet;
    exports io.github.uploadreceipts.internal.token to
            io.github.uploadreceipts.servlet,
            io.github.uploadreceipts.fetcher;
}
