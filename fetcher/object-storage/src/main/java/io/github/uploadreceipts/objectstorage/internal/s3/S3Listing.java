package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Listed;
import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lists the objects of a bucket. */
final class S3Listing {

    private static final int PAGE = 1_000;

    private final S3Requests requests;

    S3Listing(S3Requests requests) {
        this.requests = requests;
    }

    List<Listed> list(String prefix, String after) throws StoreException {
        S3Request request = page(prefix);
        if (!after.isEmpty()) {
            request.parameter("start-after", after);
        }
        return requests.send(request, response -> {
            Xml page = document(response);
            List<Listed> objects = new ArrayList<>();
            for (Xml entry : page.children("Contents")) {
                objects.add(new Listed(name(response, page, entry, "Key"), size(response, entry)));
            }
            requireOrder(response, objects.stream().map(Listed::name).toList(), prefix, after);
            if (objects.isEmpty()
                    && page.child("IsTruncated").filter("true"::equals).isPresent()) {
                throw response.malformed("an empty page that is not the last");
            }
            return objects;
        });
    }

    List<String> directories(String prefix) throws StoreException {
        List<String> directories = new ArrayList<>();
        Optional<String> next = Optional.empty();
        do {
            S3Request request = page(prefix).parameter("delimiter", "/");
            next.ifPresent(token -> request.parameter("continuation-token", token));
            String last = directories.isEmpty() ? "" : directories.get(directories.size() - 1);
            Directories page = requests.send(request, response -> directories(response, prefix, last));
            directories.addAll(page.names());
            next = page.next();
        } while (next.isPresent());
        return directories.stream()
                .map(name -> name.substring(prefix.length(), name.length() - 1))
                .toList();
    }

    private record Directories(List<String> names, Optional<String> next) {}

    private Directories directories(Response response, String prefix, String after) throws IOException {
        Xml page = document(response);
        List<String> names = new ArrayList<>();
        for (Xml entry : page.children("CommonPrefixes")) {
            String name = name(response, page, entry, "Prefix");
            if (!name.endsWith("/")) {
                throw response.malformed("a prefix without the delimiter");
            }
            names.add(name);
        }
        requireOrder(response, names, prefix, after);
        if (page.child("IsTruncated").filter("true"::equals).isEmpty()) {
            return new Directories(names, Optional.empty());
        }
        if (names.isEmpty() && page.children("Contents").isEmpty()) {
            throw response.malformed("an empty page that is not the last");
        }
        return new Directories(names, Optional.of(text(response, page, "NextContinuationToken")));
    }

    private static S3Request page(String prefix) {
        return new S3Request("GET", "")
                .parameter("list-type", "2")
                .parameter("encoding-type", "url") // clients may name objects by what no XML can have
                .parameter("max-keys", Integer.toString(PAGE))
                .parameter("prefix", prefix);
    }

    private Xml document(Response response) throws IOException {
        Xml page = requests.document(response, "ListBucketResult");
        if (page.children().size() > PAGE + 20) {
            throw response.malformed("a page that is too long");
        }
        return page;
    }

    private static void requireOrder(Response response, List<String> names, String prefix, String after)
            throws StoreException {
        String last = after;
        for (String name : names) {
            if (!name.startsWith(prefix) || !isBefore(last, name)) {
                throw response.malformed("a listing out of order");
            }
            last = name;
        }
    }

    /** Stores order names of other letters, which clients may give, in ways of their own. */
    private static boolean isBefore(String one, String other) {
        boolean inAnyOrder = !isAscii(one) || !isAscii(other);
        return inAnyOrder ? !one.equals(other) : one.compareTo(other) < 0;
    }

    private static boolean isAscii(String name) {
        return name.chars().allMatch(c -> c < 0x80);
    }

    private static long size(Response response, Xml entry) throws StoreException {
        String size = text(response, entry, "Size");
        if (!size.matches("[0-9]{1,18}")) {
            throw response.malformed("an object without a size");
        }
        return Long.parseLong(size);
    }

    /** Returns a name, which is encoded if the page says so. */
    private static String name(Response response, Xml page, Xml entry, String child) throws StoreException {
        String name = text(response, entry, child);
        if (page.child("EncodingType").filter("url"::equals).isEmpty()) {
            return name;
        }
        try {
            return URLDecoder.decode(name, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw response.malformed("a name that is not encoded");
        }
    }

    private static String text(Response response, Xml entry, String child) throws StoreException {
        return entry.child(child).orElseThrow(() -> response.malformed("an entry without " + child));
    }
}
