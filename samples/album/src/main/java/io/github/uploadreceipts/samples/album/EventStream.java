package io.github.uploadreceipts.samples.album;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.uploadreceipts.fetch.BackgroundFetch.Progress;
import io.github.uploadreceipts.problem.Problem;

/** Server-sent events for a script: {@code progress}, and at the end {@code album} or {@code problem}. */
final class EventStream implements Pieces {

    @Override
    public String contentType() {
        return Answers.EVENTS;
    }

    @Override
    public String begin() {
        return "";
    }

    @Override
    public String progress(Progress now) {
        return event(
                "progress",
                JsonNodeFactory.instance
                        .objectNode()
                        .put("bytes", now.bytes())
                        .put("totalBytes", now.totalBytes())
                        .put("files", now.uploads())
                        .put("totalFiles", now.totalUploads())
                        .toString());
    }

    @Override
    public String album(MadeAlbum album) {
        return event("album", album.toJson());
    }

    @Override
    public String problem(Problem problem) {
        return event("problem", problem.toJson());
    }

    /** A line break would end the data; JSON has none but between its tokens, and ours has none there. */
    private static String event(String name, String json) {
        return "event: " + name + "\ndata: " + json + "\n\n";
    }
}
