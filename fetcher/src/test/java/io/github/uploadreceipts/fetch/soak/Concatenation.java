package io.github.uploadreceipts.fetch.soak;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Partial uploads, which may be on several hosts, and the upload that they become. */
final class Concatenation implements Unfinished {

    private final List<ResumableUpload> parts;
    private boolean over;

    private Concatenation(List<ResumableUpload> parts) {
        this.parts = parts;
    }

    static Concatenation any(Random random) {
        return new Concatenation(IntStream.range(0, 2 + random.nextInt(2))
                .mapToObj(i -> ResumableUpload.part(random))
                .toList());
    }

    /** The concatenation is another upload, which begins when all parts are there. */
    @Override
    public boolean hasBegun() {
        return false;
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void step(Session session, Possessions possessions) throws IOException {
        Optional<ResumableUpload> open =
                parts.stream().filter(part -> !part.isOver()).findFirst();
        if (open.isPresent()) {
            open.get().step(session, possessions);
        } else {
            concatenate(session, possessions);
        }
    }

    private void concatenate(Session session, Possessions possessions) throws IOException {
        String urls = parts.stream().map(ResumableUpload::target).collect(Collectors.joining(" "));
        Request request = Request.of("POST", "/uploads", Protocol.VERSION + "Upload-Concat: final;" + urls + "\r\n");
        if (session.chance(10)) {
            session.breakOff(request);
            return;
        }
        Optional<Response> response = session.send(request, true, false, 404, 409, 410);
        if (response.isEmpty() || response.get().status() >= 500) {
            return;
        }
        over = true;
        String receipt = response.get().field("Upload-Receipt");
        if (!response.get().isSuccess() || receipt.isEmpty()) {
            session.judge().findings().add("parts are forgotten", response.get() + ": " + parts);
            return;
        }
        session.judge().figures().count("concatenations");
        possessions.keep(
                receipt,
                Content.digest(
                        parts.stream().map(part -> part.content().bytes()).toArray(byte[][]::new)));
        for (ResumableUpload part : parts) {
            var unused = session.send(Request.of("DELETE", part.target(), Protocol.VERSION));
        }
    }

    @Override
    public String toString() {
        return "concatenation of " + parts;
    }
}
