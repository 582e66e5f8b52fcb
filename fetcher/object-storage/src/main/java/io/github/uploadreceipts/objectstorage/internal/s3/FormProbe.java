package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.direct.DirectStore.WriteRequest;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.store.StoreException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Finds out, by trying, whether a store takes the forms that its policies permit, and no others. A browser is not told
 * why a form is refused, and there are stores that check the signature of a policy and nothing that it says.
 */
final class FormProbe {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final Duration LIFE = Duration.ofMinutes(5);

    /** The store may have another time than this host, by a quarter of an hour at most. */
    private static final Duration LEEWAY = Duration.ofMinutes(20);

    private final S3Forms forms;
    private final S3Client client;

    FormProbe(S3Forms forms, S3Client client) {
        this.forms = forms;
        this.client = client;
    }

    /**
     * Returns what is wrong; empty if nothing is.
     *
     * @param name of an object that is written and deleted again
     */
    Optional<String> problem(String name) throws StoreException {
        String other = name + "-other";
        Optional<String> problem = problem(name, other);
        delete(name);
        delete(other);
        return problem;
    }

    /** What cannot be deleted is purged, and is no reason to hide what was found out. */
    private void delete(String name) {
        try {
            var unused = client.delete(name);
        } catch (StoreException e) {
            LOG.log(Level.DEBUG, "an object of a probe stays until it is purged: {0}", e.getMessage());
        }
    }

    private Optional<String> problem(String name, String other) throws StoreException {
        Instant now = forms.now();
        WriteRequest form = forms.form(name, 0, now.plus(LIFE));
        WriteRequest expired = forms.form(name, 0, now.minus(LEEWAY));
        URI url = form.url();
        Optional<String> refusal = forms.refusal(url, form.fields(), "");
        if (refusal.isPresent()) {
            return Optional.of("refuses the forms that the writer's credentials sign: these must be able to write its"
                    + " objects, and the store must take forms with a policy (" + refusal.get() + ")");
        }
        if (client.head(name).map(Head::size).filter(size -> size == 0).isEmpty()) {
            return Optional.of("takes a form, and has no object then");
        }
        if (forms.refusal(url, with(form, "key", other), "").isEmpty()
                || forms.refusal(url, with(form, "acl", "public-read"), "").isEmpty()
                || forms.refusal(url, with(form, "x-amz-meta-probe", "1"), "").isEmpty()
                || forms.refusal(url, form.fields(), "1").isEmpty()
                || forms.refusal(url, expired.fields(), "").isEmpty()) {
            return Optional.of("takes forms that their policies do not permit, so that whoever has one form could write"
                    + " anything: clients cannot write to it themselves");
        }
        return Optional.empty();
    }

    private static Map<String, String> with(WriteRequest form, String name, String value) {
        Map<String, String> fields = new LinkedHashMap<>(form.fields());
        fields.put(name, value);
        return fields;
    }
}
