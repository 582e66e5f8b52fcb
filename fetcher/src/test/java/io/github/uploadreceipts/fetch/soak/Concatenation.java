package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.soak.Request.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Partial uploads, which may be on several hosts, and the upload that they become. */
final class Concatenation implements Unfinished {

    private final List<ResumableUpload> parts;
    private String target = "";
    private boolean over;

    private Concatenation(List<ResumableUpload> parts) {
        this.parts = parts;
    }

    static Concatenation any(Random random) {
        return new Concatenation(IntStream.range(0, 2 + random.nextInt(2))
                .mapToObj(i -> ResumableUpload.part(random))
                .toList());
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void step(Client client) throws IOException {
        Optional<ResumableUpload> open =
                parts.stream().filter(part -> !part.isOver()).findFirst();
        if (open.isPresent()) {
            open.get().step(client);
        } else if (target.isEmpty()) {
            concatenate(client);
        } else {
            ask(client, Protocol.TUS.status(target));
        }
    }

    private void concatenate(Client client) throws IOException {
        String urls = parts.stream().map(ResumableUpload::target).collect(Collectors.joining(" "));
        String fields = Protocol.VERSION + "Upload-Concat: final;" + urls + "\r\n";
        Request request = Request.of(Kind.CONCATENATION, "POST", "/uploads", fields);
        if (client.session().chance(10)) {
            client.session().breakOff(request);
        } else {
            ask(client, request);
        }
    }

    /** A concatenation that takes long has no receipt yet, and its client asks again. */
    private void ask(Client client, Request request) throws IOException {
        Optional<Response> response = client.session().send(request, false, 404, 409, 410);
        if (response.isEmpty() || response.get().status() >= 500) {
            return;
        }
        if (!response.get().isSuccess()) {
            over = true;
            client.report().finding("parts are forgotten", response.get() + ": " + parts);
            return;
        }
        String receipt = response.get().field("Upload-Receipt");
        if (receipt.isEmpty()) {
            client.report().count("concatenations that take long", 1);
            target = target.isEmpty() ? ResumableUpload.target(response.get()) : target;
            return;
        }
        over = true;
        client.report().count("concatenations", 1);
        byte[][] bytes = parts.stream().map(part -> part.content().bytes()).toArray(byte[][]::new);
        client.keep(receipt, Content.digest(bytes));
        giveUp(client);
    }

    /** Terminates the partial uploads. */
    @Override
    public void giveUp(Client client) throws IOException {
        for (ResumableUpload part : parts) {
            part.giveUp(client);
        }
    }

    @Override
    public String toString() {
        return "concatenation of " + parts;
    }
}
