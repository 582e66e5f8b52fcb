package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.fetch.BackgroundFetch.Progress;
import io.github.uploadreceipts.problem.Problem;

/** What a client that waits for its album is sent, piece by piece: first the beginning, then progress, then one end. */
interface Pieces {

    String contentType();

    String begin();

    String progress(Progress now);

    String album(MadeAlbum album);

    String problem(Problem problem);
}
