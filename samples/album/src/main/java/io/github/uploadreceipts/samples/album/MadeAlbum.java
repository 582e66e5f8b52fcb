package io.github.uploadreceipts.samples.album;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * A finished album.
 *
 * @param id the id in its URL
 * @param order the claim under which it was made, or empty
 * @param answeredBy the host that made it
 * @param items its files, in the order of the receipts
 */
record MadeAlbum(String id, String order, String answeredBy, List<Item> items) {

    /**
     * One file of an album.
     *
     * @param upload the upload's id
     * @param name the name, which is safe as a file name
     * @param type the media type that the client stated
     * @param size the size in bytes
     * @param sha256 the digest in hexadecimal
     * @param host the host that owned the upload
     * @param caption the caption that the person typed
     * @param fetched whether the host that made the album had to fetch the file from a peer
     * @param millis how long getting the file took
     */
    record Item(
            String upload,
            String name,
            String type,
            long size,
            String sha256,
            String host,
            String caption,
            boolean fetched,
            long millis) {}

    /** Copies the list. */
    MadeAlbum {
        items = List.copyOf(items);
    }

    String path() {
        return "/albums/" + id;
    }

    String zipPath() {
        return path() + ".zip";
    }

    /** Returns the response to the request that made the album. */
    String toJson() {
        ObjectNode json =
                JsonNodeFactory.instance.objectNode().put("album", path()).put("zip", zipPath());
        var array = json.putArray("items");
        for (Item item : items) {
            array.addObject()
                    .put("name", item.name())
                    .put("type", item.type())
                    .put("size", item.size())
                    .put("sha256", item.sha256())
                    .put("host", item.host())
                    .put("caption", item.caption());
        }
        return json.toString();
    }
}
