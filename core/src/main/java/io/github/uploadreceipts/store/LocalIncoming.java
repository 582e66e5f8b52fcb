package io.github.uploadreceipts.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A file that is being received on the local disk. */
final class LocalIncoming implements UploadStore.Incoming {

    private final Path file;
    private final UploadId id;
    private final ReceivingDirectory receiving;
    private final FileChannel channel;
    private final StoredFiles stored;
    private final Disk disk;
    private long size;
    private boolean forced;
    private boolean failed;

    /** @throws java.nio.file.FileAlreadyExistsException if this JVM is receiving an upload of that id */
    LocalIncoming(ReceivingDirectory receiving, UploadId id, StoredFiles stored, Disk disk) throws IOException {
        this.receiving = receiving;
        this.file = receiving.resolve(id.toString());
        this.id = id;
        this.stored = stored;
        this.disk = disk;
        this.channel = receiving.create(file);
    }

    @Override
    public void write(ByteBuffer bytes) throws StoreException {
        requireSound();
        failed = true;
        forced = false;
        size += bytes.remaining();
        try {
            Disk.writeFully(channel, bytes);
        } catch (IOException e) {
            throw disk.failure(e);
        }
        failed = false;
    }

    /**
     * A force that fails is never retried. The operating system may have dropped the pages that it could not write, and
     * a second force would succeed without them.
     */
    @Override
    public void force() throws StoreException {
        requireSound();
        failed = true;
        try {
            disk.setFileMode(file);
            disk.force(channel);
            if (channel.size() != size) {
                throw new IOException(size + " bytes were written, but the file has " + channel.size());
            }
            channel.close();
        } catch (IOException e) {
            throw disk.failure(e);
        }
        forced = true;
        failed = false;
    }

    @Override
    public void publish(ExpiryHour hour) throws StoreException {
        if (!forced) {
            force();
        }
        requireSound();
        failed = true;
        disk.create(id, () -> {
            stored.link(file, id, hour); // closing deletes the name under which the file was received
            return id;
        });
        failed = false;
    }

    private void requireSound() throws StoreException {
        if (failed) {
            throw new StoreException.Failed("storing this upload failed before", null);
        }
    }

    @Override
    public void close() throws StoreException {
        try {
            try {
                channel.close();
            } finally {
                receiving.delete(file);
            }
        } catch (IOException e) {
            throw disk.failure(e);
        }
    }
}
