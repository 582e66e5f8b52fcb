package io.github.uploadreceipts.samples.album;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * A finished album.
 *
 * @param id in its address
 * @param order the claim under which it was made, or empty
 * @param answeredBy the host that made it
 * @param items in the order in which they were handed in
 */
record MadeAlbum(String id, String order, String answeredBy, List<Item> items) {

    /**
     * One file of an album.
     *
     * @param upload the upload's id
     * @param name safe as a file's name
     * @param type the client's word
     * @param size bytes
     * @param sha256 in hexadecimal
     * @param host the host that owned the upload
     * @param caption what the person typed
     * @param fetched whether the host that made the album had to fetch it
     * @param millis how long that took
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

    /** Returns the answer to the request that made it. */
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
