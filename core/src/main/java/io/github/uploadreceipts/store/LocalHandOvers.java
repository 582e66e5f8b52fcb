package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.handover.HandOverStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What is known of hand-overs on the local disk, beside the uploads. The file {@code <id>-handover} is there while a
 * hand-over is open: its first line names the receiving directory of the JVM that sees to it, and the rest is the record.
 * The file {@code <id>-verdict} has the verdict. Only the owner of the process can read them.
 */
final class LocalHandOvers implements HandOverStore {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final int MAX_FILE = MAX_RECORD + 256;

    private final HourDirectories hours;
    private final Drafts drafts;
    private final Spares spares;
    private final Disk disk;
    private final ReceivingDirectory receiving;
    private final SharedLocks locks;

    // guarded by this
    private final Set<String> taken = new HashSet<>();
    private final Set<Name> unread = new HashSet<>();
    private boolean looked;

    private record Name(UploadId id, ExpiryHour hour) {}

    LocalHandOvers(HourDirectories hours, Drafts drafts, Spares spares, Disk disk, ReceivingDirectory receiving) {
        this.hours = hours;
        this.drafts = drafts;
        this.spares = spares;
        this.disk = disk;
        this.receiving = receiving;
        this.locks = new SharedLocks(spares, disk);
    }

    private Path openFile(UploadId id, ExpiryHour hour) {
        return hours.file(hour, id + StoredFiles.HAND_OVER);
    }

    private Path verdictFile(UploadId id, ExpiryHour hour) {
        return hours.file(hour, id + StoredFiles.VERDICT);
    }

    @Override
    public boolean begin(UploadId id, ExpiryHour hour, String record) throws StoreException {
        return disk.create(id, () -> {
            spares.forKnown(() -> hours.createDurably(hour));
            return placed(id, hour, record, () -> {
                if (hours.isStored(id, hour)) {
                    return false;
                }
                Files.deleteIfExists(verdictFile(id, hour));
                return true;
            });
        });
    }

    private <T> T locked(ExpiryHour hour, Disk.Step<T> step) throws IOException {
        return locks.run(hours.directory(hour), step);
    }

    /** Places a record, unless a look under the lock shows that it must not be. Others need not wait until it is written. */
    private boolean placed(UploadId id, ExpiryHour hour, String record, Disk.Step<Boolean> look) throws IOException {
        byte[] content = (receiving.name() + "\n" + record).getBytes(StandardCharsets.UTF_8);
        boolean placed = drafts.place(
                spares,
                StoredFiles.HAND_OVER,
                content,
                draft -> locked(hour, () -> look.run() && spares.forKnown(() -> move(draft, openFile(id, hour)))));
        if (placed) {
            hours.force(hour);
        }
        return placed;
    }

    private static boolean move(Path draft, Path file) throws IOException {
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        return true;
    }

    @Override
    public void abandon(UploadId id, ExpiryHour hour, String record) throws StoreException {
        var unused = disk.create(id, () -> deleteUnlessStored(id, hour, record));
    }

    private boolean deleteUnlessStored(UploadId id, ExpiryHour hour, String record) throws IOException {
        return locked(hour, () -> !hours.isStored(id, hour) && delete(id, hour, record));
    }

    /** Deletes a record, if it is still this one. */
    private boolean delete(UploadId id, ExpiryHour hour, String record) throws IOException {
        Path file = openFile(id, hour);
        return HourDirectories.exists(file) && record(read(file)).equals(record) && Files.deleteIfExists(file);
    }

    @Override
    public Optional<String> open(UploadId id, ExpiryHour hour) throws StoreException {
        return find(id, openFile(id, hour)).map(LocalHandOvers::record);
    }

    @Override
    public Optional<String> verdict(UploadId id, ExpiryHour hour) throws StoreException {
        return find(id, verdictFile(id, hour));
    }

    /** Looks before it reads: most uploads are not handed over, and this is asked whenever one is opened. */
    private Optional<String> find(UploadId id, Path file) throws StoreException {
        try {
            return disk.run(id, () -> {
                if (!HourDirectories.exists(file)) {
                    hours.requireThere();
                    if (!HourDirectories.exists(file)) {
                        return Optional.empty();
                    }
                }
                return Optional.of(hours.run(id, () -> read(file)));
            });
        } catch (StoreException.Gone e) {
            return Optional.empty();
        }
    }

    private static String read(Path file) throws IOException {
        return SmallFile.read(file, MAX_FILE);
    }

    private static String record(String content) {
        return content.substring(content.indexOf('\n') + 1);
    }

    private static String owner(String content) {
        return content.substring(0, Math.max(0, content.indexOf('\n')));
    }

    /** Looks again afterwards: whoever discards at the same time deletes the record. */
    @Override
    public boolean replace(UploadId id, ExpiryHour hour, String known, String record) throws StoreException {
        return hours.run(id, () -> {
            requireThere(openFile(id, hour));
            if (HourDirectories.exists(verdictFile(id, hour))) {
                end(id, hour, known);
                throw new NoSuchFileException(id.toString());
            }
            boolean placed = placed(id, hour, record, () -> isUndecided(id, hour, known));
            if (placed && !hours.isStored(id, hour)) {
                deleteUnlessStored(id, hour, record);
                throw new NoSuchFileException(id.toString());
            }
            return placed;
        });
    }

    private boolean isUndecided(UploadId id, ExpiryHour hour, String known) throws IOException {
        return !HourDirectories.exists(verdictFile(id, hour))
                && record(read(openFile(id, hour))).equals(known);
    }

    private static void requireThere(Path file) throws IOException {
        if (!HourDirectories.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
    }

    @Override
    public boolean decide(UploadId id, ExpiryHour hour, String known, String verdict) throws StoreException {
        return hours.run(id, () -> {
            Path file = verdictFile(id, hour);
            if (!hours.isStored(id, hour)) {
                throw new NoSuchFileException(id.toString());
            }
            requireThere(HourDirectories.exists(file) ? file : openFile(id, hour));
            boolean first = drafts.place(
                    spares,
                    StoredFiles.VERDICT,
                    verdict.getBytes(StandardCharsets.UTF_8),
                    draft -> locked(hour, () -> isUndecided(id, hour, known) && link(draft, file)));
            end(id, hour, known);
            if (!hours.isStored(id, hour)) { // whoever discards it may have deleted the verdict before it was there
                locked(hour, () -> !hours.isStored(id, hour) && Files.deleteIfExists(file));
                throw new NoSuchFileException(id.toString());
            }
            return first;
        });
    }

    /** Ends a hand-over whose verdict is there, and not yet durable perhaps. */
    private void end(UploadId id, ExpiryHour hour, String known) throws IOException {
        hours.force(hour);
        locked(hour, () -> HourDirectories.exists(verdictFile(id, hour)) && delete(id, hour, known));
    }

    /** Places the verdict. A hard link is atomic, and replaces nothing. */
    private boolean link(Path draft, Path file) throws IOException {
        spares.forKnown(() -> Files.createLink(file, draft));
        return true;
    }

    /** Reads all hours only if a JVM has ended since the last time. */
    @Override
    public synchronized void adopt(Consumer<Open> found) throws StoreException {
        try {
            hours.requireThere();
            boolean ended = receiving.hasEnded(); // also at first, to know who runs
            if (!looked || ended) {
                looked = false;
                look(found);
                looked = true;
            } else {
                lookAgain(found);
            }
        } catch (IOException e) {
            throw disk.failure(e);
        }
    }

    private void look(Consumer<Open> found) throws IOException {
        Map<String, Boolean> ours = taken();
        for (ExpiryHour hour : hours.all()) {
            for (String name : hours.names(hour, StoredFiles.HAND_OVER)) {
                String id = name.substring(0, name.length() - StoredFiles.HAND_OVER.length());
                if (UploadId.isId(id)) {
                    look(new Name(UploadId.parse(id), hour), ours, found);
                }
            }
        }
        take(ours);
    }

    /** Looks at those only that could not be read, which may be of an owner whose others were taken over. */
    private void lookAgain(Consumer<Open> found) throws IOException {
        Map<String, Boolean> ours = taken();
        for (Name name : List.copyOf(unread)) {
            look(name, ours, found);
        }
        take(ours);
    }

    private Map<String, Boolean> taken() {
        Map<String, Boolean> owners = new HashMap<>();
        taken.forEach(owner -> owners.put(owner, true));
        return owners;
    }

    private void take(Map<String, Boolean> ours) {
        ours.forEach((owner, mine) -> {
            if (mine) {
                taken.add(owner);
            }
        });
    }

    private void look(Name name, Map<String, Boolean> ours, Consumer<Open> found) throws IOException {
        Optional<String> content = readIfPossible(name);
        if (content.isEmpty()) {
            return;
        }
        boolean late = unread.remove(name);
        String owner = owner(content.get());
        if (owner.equals(receiving.name()) || (taken.contains(owner) && !late)) {
            return;
        }
        Boolean mine = ours.get(owner);
        if (mine == null) {
            mine = spares.forKnown(() -> receiving.takeOver(owner));
            ours.put(owner, mine);
        }
        if (mine) {
            found.accept(new Open(name.id(), name.hour(), record(content.get())));
        }
    }

    /** One file that cannot be read must not keep the others from being adopted. */
    private Optional<String> readIfPossible(Name name) {
        try {
            return Optional.of(read(openFile(name.id(), name.hour())));
        } catch (NoSuchFileException e) { // it was decided meanwhile
            unread.remove(name);
        } catch (IOException e) {
            if (unread.add(name)) {
                LOG.log(Level.ERROR, "the hand-over of upload " + name.id() + " cannot be read, nor continued: " + e);
            }
        }
        return Optional.empty();
    }
}
