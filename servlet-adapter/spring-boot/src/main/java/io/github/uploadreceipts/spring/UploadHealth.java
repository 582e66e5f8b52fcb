package io.github.uploadreceipts.spring;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.io.IOException;
import java.time.Instant;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Says whether an upload could begin on this host now, and why not. The reason is what a client would be told: it names
 * no path, no host and no key.
 */
final class UploadHealth implements HealthIndicator {

    private final UploadHost host;
    private final UploadLimits limits;

    UploadHealth(UploadHost host, UploadLimits limits) {
        this.host = host;
        this.limits = limits;
    }

    private Health.Builder drained() {
        try {
            Object until = host.keepsUploadsUntil().<Object>map(end -> end).orElse("nothing is left");
            return Health.outOfService().withDetail("keepsUploadsUntil", until);
        } catch (IOException e) {
            return Health.down(); // the store cannot be read
        }
    }

    /** A host whose key ring was replaced by a bad file works on with its old keys, so it is not down. */
    private Health withKeyRing(Health.Builder health) {
        if (host.keyRing().reloadFailure().isPresent()) {
            health.withDetail(
                    "warning", "the key ring's file cannot be read, so its last keys are in use; the log says why");
        }
        return health.build();
    }

    @Override
    public Health health() {
        Instant now = Instant.now();
        if (host.keyRing().describe(now).stream().noneMatch(key -> key.use().equals("sig") && key.current())) {
            return Health.down()
                    .withDetail("reason", "no key signs now; rotate the key ring and copy it to every host")
                    .build();
        }
        try {
            HostAccess.engine(host).requireOpen(limits, 0);
            return withKeyRing(Health.up());
        } catch (UploadRefusedException e) {
            Problem problem = e.problem();
            String reason = problem.detail().orElse(problem.type().title());
            return (host.isDraining() ? drained() : Health.down())
                    .withDetail("reason", reason)
                    .build();
        }
    }
}
