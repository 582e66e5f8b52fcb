package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.store.Location;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The internal URLs of this host. Receipts, upload URLs and the tokens of peers name the URL that the host had when an
 * upload began, so the former ones are its own too.
 *
 * @param current where peers reach this host; what it issues names this one
 * @param former the internal URLs that this host had before
 */
public record OwnUrls(URI current, List<URI> former) {

    /** Copies the list. */
    public OwnUrls {
        former = List.copyOf(former);
    }

    /** Returns the only URL of a host. */
    public static OwnUrls of(URI current) {
        return new OwnUrls(current, List.of());
    }

    /** Returns all of them, the current one first. */
    public Stream<URI> all() {
        return Stream.concat(Stream.of(current), former.stream());
    }

    /** Returns whether an internal URL is, or was, this host's. */
    public boolean contain(URI internalUrl) {
        return all().anyMatch(internalUrl::equals);
    }

    /** Returns the ports of all of them. */
    public Set<Integer> ports() {
        return all().map(Location::port).collect(Collectors.toUnmodifiableSet());
    }

    /** Returns the audiences of the tokens that are for this host, the current one first. */
    List<String> audiences() {
        return all().map(URI::toString).toList();
    }
}
