package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.fetch.BackgroundFetch.Progress;
import io.github.uploadreceipts.problem.Problem;
import java.util.Map;

/**
 * A page for a browser without script, which shows it while it arrives. Each piece replaces the one before it: the style
 * sheet hides all but the last.
 */
final class ProgressPage implements Pieces {

    private static final String BEGIN = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>Making your album</title>
            <link rel="stylesheet" href="/album.css">
            </head>
            <body>
            <main class="masthead making" aria-live="polite">
            """;
    private static final String STEP = """
            <div class="step" aria-live="{{live}}">
              <h1>Making your album</h1>
              <p class="lede">{{files}} of {{totalFiles}} fetched. This page goes on to the album by itself.</p>
              <progress max="{{totalBytes}}" value="{{bytes}}" aria-label="Files fetched"></progress>
              <p class="quiet">{{size}} of {{totalSize}}</p>
            </div>
            """;
    private static final String ALBUM = """
            <div class="step">
              <meta http-equiv="refresh" content="0; url={{album}}">
              <h1>Your album is made</h1>
              <p class="actions"><a class="button primary" href="{{album}}">Open the album</a></p>
            </div>
            """;
    private static final String PROBLEM = """
            <div class="step" role="alert">
              <h1>{{title}}</h1>
              <p class="lede">{{detail}} Your receipts are on the page before this one: go back to it.</p>
            </div>
            """;
    private static final String END = """
            </main>
            </body>
            </html>
            """;

    private int announced = -1;

    @Override
    public String contentType() {
        return Answers.HTML;
    }

    @Override
    public String begin() {
        return BEGIN;
    }

    /** Only another number of files is announced: every second would be too often. */
    @Override
    public String progress(Progress now) {
        boolean another = now.uploads() != announced;
        announced = now.uploads();
        return AlbumPages.fill(
                STEP,
                Map.of(
                        "live", another ? "polite" : "off",
                        "files", Integer.toString(now.uploads()),
                        "totalFiles", now.totalUploads() == 1 ? "1 file" : now.totalUploads() + " files",
                        "bytes", Long.toString(now.bytes()),
                        "totalBytes", Long.toString(Math.max(1, now.totalBytes())),
                        "size", Sizes.of(now.bytes()),
                        "totalSize", Sizes.of(now.totalBytes())));
    }

    @Override
    public String album(MadeAlbum album) {
        return AlbumPages.fill(ALBUM, Map.of("album", album.path())) + END;
    }

    @Override
    public String problem(Problem problem) {
        Map<String, String> values = Map.of(
                "title", problem.type().title(), "detail", problem.detail().orElse(""));
        return AlbumPages.fill(PROBLEM, values) + END;
    }
}
