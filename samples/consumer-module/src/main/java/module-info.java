/** An application as a named module: it requires the modules of the library that it calls, and its container. */
module io.github.uploadreceipts.samples.consumer {
    requires io.github.uploadreceipts.fetcher;
    requires io.github.uploadreceipts.objectstorage;
    requires io.github.uploadreceipts.servlet;
    requires org.eclipse.jetty.ee10.servlet;
}
