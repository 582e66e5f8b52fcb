package io.github.uploadreceipts.samples.benchmarks;

import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.share.ShareLinks;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Uploads that one host gives by link: its own and its peers', plain and sealed. */
final class SharedUploads implements AutoCloseable {

    private final HostsOfFleet hosts;
    private final List<Contestant> all;

    SharedUploads(Path directory, long bytes) throws Exception {
        this.hosts = new HostsOfFleet(directory);
        HostsOfFleet.Running plain = start("plain", false);
        HostsOfFleet.Running sealed = start("sealed", true);
        HostsOfFleet.Running other = start("other", false, plain.port(), sealed.port());
        String plainLink = link(plain, bytes);
        String sealedLink = link(sealed, bytes);
        this.all = List.of(
                new Contestant("own, plain", plain.port(), plainLink),
                new Contestant("own, sealed", sealed.port(), sealedLink),
                new Contestant("a peer's, plain", other.port(), plainLink),
                new Contestant("a peer's, sealed", other.port(), sealedLink));
    }

    private HostsOfFleet.Running start(String name, boolean sealed, int... owners) throws Exception {
        return hosts.start(
                sealed ? hosts.store(name).sealed() : hosts.store(name), fetcher -> new HttpServlet() {}, owners);
    }

    private static String link(HostsOfFleet.Running owner, long bytes) throws Exception {
        UploadReceipt receipt = owner.upload(bytes);
        return ShareLinks.of(owner.host(), "/s/").url(ShareLink.of(receipt).build());
    }

    /** Returns one contestant for each; its form is the path of the link. */
    List<Contestant> all() {
        return all;
    }

    @Override
    public void close() throws IOException {
        hosts.close();
    }
}
