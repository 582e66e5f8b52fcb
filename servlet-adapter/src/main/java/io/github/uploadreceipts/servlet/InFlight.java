package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.host.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The requests now uploading and their bytes, by subject and by source address. */
final class InFlight {

    private final Map<String, Usage> usages = new ConcurrentHashMap<>();

    private record Usage(int uploads, long bytes) {}

    private record Limit(String key, String whose, int uploads, long bytes) {}

    /**
     * Takes a place for one request.
     *
     * @throws UploadRefusedException if the subject or the address has no more places
     */
    Place enter(UploadPermit permit, String address) throws UploadRefusedException {
        Limit byAddress = new Limit(
                "address " + address,
                "from one address",
                permit.limits().maxUploadsPerAddress(),
                permit.limits().maxBytesPerAddress());
        Limit bySubject = permit.subject()
                .map(subject -> new Limit(
                        "subject " + subject,
                        "for one user",
                        permit.limits().maxUploadsPerSubject(),
                        permit.limits().maxBytesPerSubject()))
                .orElse(null);
        add(byAddress, 1, 0);
        if (bySubject != null) {
            try {
                add(bySubject, 1, 0);
            } catch (UploadRefusedException e) {
                remove(byAddress, 0);
                throw e;
            }
        }
        return new Place(byAddress, bySubject);
    }

    private void add(Limit limit, int uploads, long bytes) throws UploadRefusedException {
        Usage now = usages.merge(
                limit.key(),
                new Usage(uploads, bytes),
                (a, b) -> new Usage(a.uploads() + b.uploads(), a.bytes() + b.bytes()));
        if (now.uploads() > limit.uploads() || now.bytes() > limit.bytes()) {
            if (uploads > 0) {
                remove(limit, 0); // nobody takes this place; bytes go when their place is left
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

    /** One request's place; used by one thread at a time. */
    final class Place {

        private final Limit byAddress;
        private final @Nullable Limit bySubject;
        private long bytes;
        private boolean left;

        private Place(Limit byAddress, @Nullable Limit bySubject) {
            this.byAddress = byAddress;
            this.bySubject = bySubject;
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

        void leave() {
            if (!left) {
                left = true;
                remove(byAddress, bytes);
                if (bySubject != null) {
                    remove(bySubject, bytes);
                }
            }
        }
    }
}
