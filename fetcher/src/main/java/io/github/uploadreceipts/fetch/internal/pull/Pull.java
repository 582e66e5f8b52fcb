package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.fetch.internal.connect.Silence;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Pulls one upload into one file. If a connection breaks, the bytes so far are kept. The next request, to the same
 * location or another, asks for the rest. Closing deletes the file unless it is complete and proved.
 */
final class Pull implements Closeable {

    private static final Logger LOG = System.getLogger(Loggers.FETCH);

    private final PeerClient client;
    private final UploadReceipt receipt;
    private final Asking asking;
    private final MinRate minRate;
    private final Deadline deadline;
    private final Progress progress;
    private final Target target;
    private @Nullable PulledFile file;
    private boolean proved;

    /** Makes the request for an upload at a location. */
    interface Asking {
        PeerRequest at(Location location, UploadReceipt receipt);
    }

    /** Creates the empty file that the upload is pulled into. */
    interface Target {
        Path newFile() throws IOException;
    }

    Pull(
            PeerClient client,
            Asking asking,
            UploadReceipt receipt,
            MinRate minRate,
            Deadline deadline,
            Progress progress,
            Target target) {
        this.client = client;
        this.receipt = receipt;
        this.asking = asking;
        this.minRate = minRate;
        this.deadline = deadline;
        this.progress = progress;
        this.target = target;
    }

    /** Pulls the missing bytes from {@code location}. */
    PulledUpload from(Location location, Silence silence) throws PeerException {
        PulledFile into = file();
        PeerRequest request = asking.at(location, receipt);
        long asked = into.offset();
        client.send(request, asked, deadline, silence, response -> {
            if (response.requireBytes(asked, request.size()) == 0) {
                into.restart();
            }
            into.append(response.body(), minRate, deadline, progress);
            return into;
        });
        into.prove();
        return finished(into, location);
    }

    private PulledFile file() throws PeerException {
        try {
            if (file == null) {
                file = new PulledFile(target.newFile(), receipt);
            }
            return file;
        } catch (IOException e) {
            throw PeerException.storage(Remedy.NONE, "creating a file", e);
        }
    }

    private PulledUpload finished(PulledFile complete, Location location) throws PeerException {
        try {
            complete.close();
        } catch (IOException e) {
            throw PeerException.storage(Remedy.NONE, "writing", e);
        }
        proved = true;
        return new PulledUpload(receipt, location, complete.path());
    }

    @Override
    public void close() {
        try {
            if (file != null && !proved) {
                file.close();
                Files.deleteIfExists(file.path());
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "an incomplete file stays until the fetch is closed: " + e);
        }
    }
}
