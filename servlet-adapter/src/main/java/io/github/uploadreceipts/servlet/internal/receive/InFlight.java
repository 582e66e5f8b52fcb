package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.ClientNetwork;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The requests that are being received and their bytes, counted by subject and by source address. */
public final class InFlight {

    private final Map<String, Usage> usages = new ConcurrentHashMap<>();

    private record Usage(int uploads, long bytes) {}

    private record Limit(String key, String whose, int uploads, long bytes) {}

    /**
     * Takes a place for one request.
     *
     * @throws UploadRefusedException if the subject or the address has too many requests or bytes in flight
     */
    public Place enter(Admission admission, String address) throws UploadRefusedException {
        Limit byAddress = new Limit(
                "address " + ClientNetwork.of(address),
                "from one address",
                admission.limits().maxUploadsPerAddress(),
                admission.limits().maxBytesPerAddress());
        add(byAddress, 1, 0);
        Place place = new Place(byAddress);
        try {
            place.bind(admission);
        } catch (UploadRefusedException e) {
            var unused = place.leave();
            throw e;
        }
        return place;
    }

    private void add(Limit limit, int uploads, long bytes) throws UploadRefusedException {
        Usage now = usages.merge(
                limit.key(),
                new Usage(uploads, bytes),
                (a, b) -> new Usage(a.uploads() + b.uploads(), a.bytes() + b.bytes()));
        if (now.uploads() > limit.uploads() || now.bytes() > limit.bytes()) {
            if (uploads > 0) {
                remove(limit, bytes); // this request gets no place; others give their bytes back when they leave theirs
            }
            throw new UploadRefusedException(Problem.of(
                    ProblemType.TOO_MANY_UPLOADS,
                    "Too much is being uploaded " + limit.whose() + "; wait for other uploads to end."));
        }
    }

    private void remove(Limit limit, long bytes) {
        usages.computeIfPresent(limit.key(), (key, usage) -> {
            Usage left = new Usage(usage.uploads() - 1, usage.bytes() - bytes);
            return left.uploads() == 0 ? null : left;
        });
    }

    /** The place of one request. Used by one thread at a time. */
    final class Place {

        private final Limit byAddress;
        private @Nullable Limit bySubject;
        private long bytes;
        private boolean left;

        private Place(Limit byAddress) {
            this.byAddress = byAddress;
        }

        /** Counts the request for its subject too, as soon as that is known. */
        void bind(Admission admission) throws UploadRefusedException {
            if (bySubject == null && admission.subject().isPresent()) {
                Limit limit = new Limit(
                        "subject " + admission.subject().get(),
                        "for one user",
                        admission.limits().maxUploadsPerSubject(),
                        admission.limits().maxBytesPerSubject());
                add(limit, 1, bytes);
                bySubject = limit;
            }
        }

        void count(int more) throws UploadRefusedException {
            bytes += more;
            try {
                add(byAddress, 0, more);
            } finally {
                if (bySubject != null) {
                    add(bySubject, 0, more);
                }
            }
        }

        /** Gives the place back, and returns whether that had not been done before. */
        boolean leave() {
            if (left) {
                return false;
            }
            left = true;
            remove(byAddress, bytes);
            if (bySubject != null) {
                remove(bySubject, bytes);
            }
            return true;
        }
    }
}
