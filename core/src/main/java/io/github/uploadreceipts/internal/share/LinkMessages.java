package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import java.time.Instant;
import java.util.Optional;

/** What hosts say to each other about short links, in the fields of their questions and responses. */
final class LinkMessages {

    /** What a host is asked to do. */
    enum Action {
        CREATE_LINK,
        REVOKE_LINK,
        ADMIT,
        GIVE_BACK
    }

    private static final int PASSWORD = 1;
    private static final int PASS = 2;
    private static final int LEASE = 4;
    private static final int SUBJECT = 8;
    private static final int DOWNLOAD = 16;

    private LinkMessages() {}

    static PackedWriter write(LinkRequest request) {
        int flags = (request.password().isPresent() ? PASSWORD : 0)
                | (request.pass().isPresent() ? PASS : 0)
                | (request.lease().isPresent() ? LEASE : 0)
                | (request.subject().isPresent() ? SUBJECT : 0)
                | (request.download() ? DOWNLOAD : 0);
        PackedWriter fields = new PackedWriter()
                .bytes(new byte[] {(byte) flags})
                .text(request.token())
                .text(request.source());
        request.password().ifPresent(fields::longText);
        request.pass().ifPresent(fields::text);
        request.lease().ifPresent(fields::text);
        request.subject().ifPresent(fields::longText);
        return fields;
    }

    static LinkRequest readRequest(PackedReader fields) {
        int flags = fields.bytes(1)[0];
        String token = fields.text();
        String source = fields.text();
        LinkRequest request = new LinkRequest(
                token,
                (flags & PASSWORD) == 0 ? Optional.empty() : Optional.of(fields.longText()),
                (flags & PASS) == 0 ? Optional.empty() : Optional.of(fields.text()),
                (flags & LEASE) == 0 ? Optional.empty() : Optional.of(fields.text()),
                source,
                (flags & SUBJECT) == 0 ? Optional.empty() : Optional.of(fields.longText()),
                (flags & DOWNLOAD) != 0);
        fields.requireEnd();
        return request;
    }

    static PackedWriter write(boolean flag) {
        return new PackedWriter().bytes(new byte[] {(byte) (flag ? 1 : 0)});
    }

    static boolean readFlag(PackedReader fields) {
        boolean flag = fields.bytes(1)[0] != 0;
        fields.requireEnd();
        return flag;
    }

    static PackedWriter write(LinkTerms terms) {
        return new PackedWriter().time(terms.upload().expiresAt()).all(LinkTokens.write(terms));
    }

    static LinkTerms readTerms(PackedReader fields) {
        Instant expires = fields.time();
        return LinkTokens.read(fields, expires);
    }

    static PackedWriter write(Admission admission) {
        return new PackedWriter()
                .text(admission.pass().orElse(""))
                .text(admission.lease().orElse(""))
                .all(write(admission.terms()));
    }

    static Admission readAdmission(PackedReader fields) {
        Optional<String> pass = Optional.of(fields.text()).filter(text -> !text.isEmpty());
        Optional<String> lease = Optional.of(fields.text()).filter(text -> !text.isEmpty());
        return new Admission(readTerms(fields), pass, lease);
    }
}
