package io.github.uploadreceipts.spring.test;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.RefusedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.mock.web.MockHttpServletRequest;

/** Stores what test receipts are for, in the store of the application's host, and issues the receipts. */
final class StoredReceipts {

    private final UploadHost host;
    private final UploadLimits limits;

    StoredReceipts(UploadHost host, UploadLimits limits) {
        this.host = host;
        this.limits = limits;
    }

    /** Returns the tokens of the receipts that a request is to have. */
    List<String> tokens(MockHttpServletRequest request) {
        List<String> tokens = new ArrayList<>();
        for (TestReceipts receipts : TestReceipts.of(request)) {
            for (TestReceipts.Upload upload : receipts.uploads()) {
                Optional<String> user = receipts.kind().user().or(() -> RequestUser.name(request));
                tokens.add(token(upload, receipts.kind(), user));
            }
        }
        return tokens;
    }

    private String token(TestReceipts.Upload upload, TestReceipts.Kind kind, Optional<String> user) {
        try {
            IssuedReceipt issued = store(upload, user);
            if (kind.discarded()) {
                HostAccess.engine(host).discard(issued.receipt().owner());
            }
            return kind.tampered() ? tampered(issued.token()) : issued.token();
        } catch (RefusedException e) {
            throw new IllegalStateException("the upload of " + upload.name() + " is refused: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private IssuedReceipt store(TestReceipts.Upload upload, Optional<String> user) throws RefusedException {
        UploadPermit permit =
                user.map(subject -> UploadPermit.of(subject, limits)).orElseGet(() -> UploadPermit.anyone(limits));
        Engine engine = HostAccess.engine(host);
        String name = upload.name();
        try (IncomingUpload incoming = engine.receive(Admission.of(permit), 0, name, TestReceipts.type(name))) {
            incoming.write(upload.content().duplicate());
            incoming.force();
            IssuedReceipt issued = incoming.publish();
            engine.handOvers().stored(issued);
            return issued;
        }
    }

    /** Changes the first character of the signature, all of whose bits count. */
    private static String tampered(String token) {
        int signature = token.lastIndexOf('.') + 1;
        char other = token.charAt(signature) == 'A' ? 'B' : 'A';
        return token.substring(0, signature) + other + token.substring(signature + 1);
    }
}
