package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.soak.Request.Kind;
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

    /** Returns the path of the URL of an upload that was created. */
    static String target(Response created) {
        return ENDPOINT.resolve(created.field("Location")).getPath();
    }

    /** Returns the path of its URL. */
    String target() {
        return target;
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void step(Client client) throws IOException {
        if (target.isEmpty()) {
            create(client);
        } else if (unsure) {
            ask(client);
        } else {
            append(client);
        }
    }

    private void create(Client client) throws IOException {
        Session session = client.session();
        int first = session.chance(30) ? session.random.nextInt(content.size() + 1) : 0;
        Request creation = protocol.creation(content.bytes(0, first), content.size(), deferred, partial);
        if (session.chance(10)) {
            session.breakOff(creation);
            return; // nobody knows the URL of what may have been created
        }
        Optional<Response> created = session.send(creation, false).filter(Response::isSuccess);
        if (created.isPresent()) {
            target = target(created.get());
            sent = first;
            unsure = true; // what came with the creation counts from the first response that says so
            client.report().count("resumable uploads", 1);
            if (first == 0 && content.size() == 0) {
                ask(client);
            }
        }
    }

    /** Asks for the offset. What is returned counts as acknowledged, too. */
    private void ask(Client client) throws IOException {
        Optional<Response> status = client.session().send(protocol.status(target), shaken, 404, 410);
        if (status.isPresent()
                && !isForgotten(client, status.get())
                && status.get().isSuccess()) {
            String field = status.get().field("Upload-Offset");
            int offset = field.isEmpty() ? -1 : Integer.parseInt(field);
            client.report().count("offsets checked", 1);
            if (offset < acknowledged || offset > sent) {
                over = true;
                client.report()
                        .finding(
                                "offset goes back",
                                offset + " is returned, " + acknowledged + " were acknowledged, " + sent + " sent: "
                                        + this);
                return;
            }
            acknowledged = offset;
            unsure = false;
            completed(client, status.get());
        }
    }

    private void append(Client client) throws IOException {
        Session session = client.session();
        int left = content.size() - acknowledged;
        int end = acknowledged + (session.chance(50) ? session.random.nextInt(left + 1) : left);
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
        Optional<Response> response = session.send(request, shaken, 404, 410);
        if (response.isEmpty() || !response.get().isSuccess()) {
            shaken = true;
            response.ifPresent(refusal -> isForgotten(client, refusal));
            return;
        }
        acknowledged = end;
        unsure = false;
        shaken = false;
        completed(client, response.get());
    }

    private boolean isForgotten(Client client, Response response) {
        if (response.status() != 404 && response.status() != 410) {
            return false;
        }
        over = true;
        client.report().finding("upload is forgotten", response + ": " + this);
        return true;
    }

    private void completed(Client client, Response response) {
        if (acknowledged < content.size() || !protocol.isComplete(response, content.size())) {
            return;
        }
        over = true;
        client.report().count("resumable uploads completed", 1);
        String receipt = response.receipts().isEmpty()
                ? response.field("Upload-Receipt")
                : response.receipts().get(0);
        if (partial) {
            return;
        }
        if (receipt.isEmpty()) {
            client.report().finding("no receipt", response + ": " + this);
        } else {
            client.keep(receipt, content.digest());
        }
    }

    @Override
    public void giveUp(Client client) throws IOException {
        if (!target.isEmpty()) {
            var unused =
                    client.session().send(Request.of(Kind.STATUS, "DELETE", target, Protocol.VERSION), true, 404, 410);
        }
    }

    @Override
    public String toString() {
        return protocol + (partial ? " partial" : "") + " upload of " + content.size() + " bytes, " + acknowledged
                + " acknowledged, …" + target.substring(Math.max(0, target.length() - 8));
    }
}
