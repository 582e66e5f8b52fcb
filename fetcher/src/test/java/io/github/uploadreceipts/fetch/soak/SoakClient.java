package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.soak.Possessions.Kept;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A client that does something at random again and again. */
final class SoakClient {

    private static final int MOST_UNFINISHED = 8;
    private static final int MOST_FILES = 4;
    private static final int MOST_RECEIPTS = 12;

    private final Session session;
    private final Possessions possessions;
    private final Random random;
    private final String name;
    private int orders;

    SoakClient(String name, Session session, Possessions possessions) {
        this.name = name;
        this.session = session;
        this.possessions = possessions;
        this.random = session.random;
    }

    Session session() {
        return session;
    }

    Possessions possessions() {
        return possessions;
    }

    /** Does one thing. */
    void step() throws IOException {
        List<Unfinished> unfinished = possessions.unfinished();
        if (!unfinished.isEmpty() && (unfinished.size() >= MOST_UNFINISHED || session.chance(60))) {
            proceed(unfinished.get(random.nextInt(unfinished.size())));
            return;
        }
        switch (random.nextInt(12)) {
            case 0, 1 -> raw();
            case 2, 3 -> form();
            case 4, 5, 6 -> unfinished.add(ResumableUpload.any(random));
            case 7 -> unfinished.add(Concatenation.any(random));
            case 8, 9 -> look();
            case 10 -> use(possessions.some(random, MOST_RECEIPTS), List.of());
            default -> use(possessions.some(random, MOST_FILES), contents());
        }
    }

    /** Sends the next request for something that is not finished. */
    void proceed(Unfinished one) throws IOException {
        one.step(session, possessions);
        if (one.isOver()) {
            possessions.unfinished().remove(one);
        }
    }

    private void raw() throws IOException {
        Content content = Content.any(random);
        Request request = Request.of(
                session.chance(50) ? "PUT" : "POST",
                "/uploads",
                "Content-Type: image/jpeg\r\nContent-Disposition: attachment; filename=\"raw.jpg\"\r\n",
                content.bytes());
        upload(session.chance(30) ? request.inChunks() : request, List.of(content));
    }

    private void form() throws IOException {
        List<Content> contents = contents();
        Request request = Forms.files(contents);
        upload(session.chance(30) ? request.inChunks() : request, contents);
    }

    private List<Content> contents() {
        return Stream.generate(() -> Content.any(random))
                .limit(1 + random.nextInt(MOST_FILES))
                .toList();
    }

    private void upload(Request request, List<Content> contents) throws IOException {
        if (session.chance(12)) {
            session.breakOff(request);
            return;
        }
        Optional<Response> response = session.send(request, true, false).filter(Response::isSuccess);
        if (response.isPresent()) {
            List<String> receipts = response.get().receipts();
            if (receipts.size() == contents.size()) {
                IntStream.range(0, receipts.size())
                        .forEach(i -> possessions.keep(
                                receipts.get(i), contents.get(i).digest()));
            } else {
                session.judge().findings().add("no receipt", contents.size() + " files, but " + response.get());
            }
        }
    }

    private void look() throws IOException {
        List<Kept> some = possessions.some(random, MOST_RECEIPTS);
        if (!some.isEmpty()) {
            Order.look(some).step(session, possessions);
        }
    }

    /** The receipts are the order's now. */
    private void use(List<Kept> receipts, List<Content> files) throws IOException {
        if (!receipts.isEmpty() || !files.isEmpty()) {
            possessions.kept().removeAll(receipts);
            Order order = Order.use(name + "-" + orders++, receipts, files);
            possessions.unfinished().add(order);
            proceed(order);
        }
    }
}
