package io.github.uploadreceipts.fetch.soak;

import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.Random;

/** An upload in several requests, each of which may go to another host. */
final class ResumableUpload implements Unfinished {

    private static final URI ENDPOINT = URI.create("http://127.0.0.1/uploads");

    private final Protocol protocol;
    private final Content content;
    private final boolean deferred;
    private final boolean partial;
    private String target = "";
    private int acknowledged;
    private int sent;
    private boolean unsure;
    private boolean shaken;
    private boolean over;

    private ResumableUpload(Protocol protocol, Content content, boolean deferred, boolean partial) {
        this.protocol = protocol;
        this.content = content;
        this.deferred = deferred;
        this.partial = partial;
    }

    static ResumableUpload any(Random random) {
        return new ResumableUpload(
                random.nextBoolean() ? Protocol.TUS : Protocol.IETF,
                Content.any(random),
                random.nextInt(4) == 0,
                false);
    }

    /** Returns a partial upload, for a concatenation. */
    static ResumableUpload part(Random random) {
        return new ResumableUpload(Protocol.TUS, Content.any(random), false, true);
    }

    Content content() {
        return content;
    }

    /** Returns the path of its URL. */
    String target() {
        return target;
    }

    @Override
    public boolean hasBegun() {
        return !target.isEmpty();
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void step(Session session, Possessions possessions) throws IOException {
        if (target.isEmpty()) {
            create(session, possessions);
        } else if (unsure) {
            ask(session, possessions);
        } else {
            append(session, possessions);
        }
    }

    private void create(Session session, Possessions possessions) throws IOException {
        int first = session.chance(30) ? session.random.nextInt(content.size() + 1) : 0;
        Request creation = protocol.creation(content.bytes(0, first), content.size(), deferred, partial);
        if (session.chance(10)) {
            session.breakOff(creation);
            return; // nobody knows the URL of what may have been created
        }
        Optional<Response> created = session.send(creation, true, false).filter(Response::isSuccess);
        if (created.isPresent()) {
            target = ENDPOINT.resolve(created.get().field("Location")).getPath();
            sent = first;
            unsure = true; // what came with the creation counts from the first response that says so
            session.judge().figures().count("resumable uploads");
            if (first == 0 && content.size() == 0) {
                ask(session, possessions);
            }
        }
    }

    /** Asks for the offset. What is returned counts as acknowledged, too. */
    private void ask(Session session, Possessions possessions) throws IOException {
        Optional<Response> status = session.send(protocol.status(target), false, shaken, 404, 410);
        if (status.isPresent()
                && !isForgotten(session, status.get())
                && status.get().isSuccess()) {
            String field = status.get().field("Upload-Offset");
            int offset = field.isEmpty() ? -1 : Integer.parseInt(field);
            session.judge().figures().count("offsets checked");
            if (offset < acknowledged || offset > sent) {
                over = true;
                session.judge()
                        .findings()
                        .add(
                                "offset goes back",
                                offset + " is returned, " + acknowledged + " were acknowledged, " + sent + " sent: "
                                        + this);
                return;
            }
            acknowledged = offset;
            unsure = false;
            completed(status.get(), session, possessions);
        }
    }

    private void append(Session session, Possessions possessions) throws IOException {
        int left = content.size() - acknowledged;
        int end = acknowledged + (session.chance(50) ? left : session.random.nextInt(left + 1));
        boolean last = end == content.size();
        Request append = protocol.append(target, acknowledged, content.bytes(acknowledged, end), content.size(), last);
        Request request =
                session.chance(20) ? protocol.checked(append) : session.chance(20) ? append.inChunks() : append;
        sent = Math.max(sent, end);
        unsure = true;
        if (session.chance(20)) {
            shaken = true;
            session.breakOff(request);
            return;
        }
        Optional<Response> response = session.send(request, true, shaken, 404, 410);
        if (response.isEmpty() || !response.get().isSuccess()) {
            shaken = true;
            response.ifPresent(refusal -> isForgotten(session, refusal));
            return;
        }
        acknowledged = end;
        unsure = false;
        shaken = false;
        completed(response.get(), session, possessions);
    }

    private boolean isForgotten(Session session, Response response) {
        if (response.status() != 404 && response.status() != 410) {
            return false;
        }
        over = true;
        session.judge().findings().add("upload is forgotten", response + ": " + this);
        return true;
    }

    private void completed(Response response, Session session, Possessions possessions) {
        if (acknowledged < content.size() || !protocol.isComplete(response, content.size())) {
            return;
        }
        over = true;
        session.judge().figures().count("resumable uploads completed");
        String receipt = response.receipts().isEmpty()
                ? response.field("Upload-Receipt")
                : response.receipts().get(0);
        if (partial) {
            return;
        }
        if (receipt.isEmpty()) {
            session.judge().findings().add("no receipt", response + ": " + this);
        } else {
            possessions.keep(receipt, content.digest());
        }
    }

    @Override
    public String toString() {
        return protocol + (partial ? " partial" : "") + " upload of " + content.size() + " bytes, " + acknowledged
                + " acknowledged, …" + target.substring(Math.max(0, target.length() - 8));
    }
}
