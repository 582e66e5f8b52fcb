package io.github.uploadreceipts.samples.share;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Sends a file to one host, gets it by its link from another, revokes the link, and checks all of that. */
final class Round {

    private static final int SIZE = 1 << 20;

    private final HttpClient client = HttpClient.newHttpClient();

    private Round() {}

    /**
     * Does the round, and returns what it did.
     *
     * @param urls of the hosts
     * @throws IOException if anything is not as it should be
     */
    static String run(List<String> urls) throws IOException, InterruptedException {
        return new Round().play(urls.get(0), urls.get(urls.size() - 1));
    }

    private String play(String sender, String receiver) throws IOException, InterruptedException {
        byte[] file = new byte[SIZE];
        new Random().nextBytes(file);
        HttpResponse<String> sent = client.send(
                HttpRequest.newBuilder(URI.create(sender + "/random.bin"))
                        .PUT(HttpRequest.BodyPublishers.ofByteArray(file))
                        .build(),
                BodyHandlers.ofString(StandardCharsets.UTF_8));
        require(sent.statusCode() == 201, "the upload got " + sent.statusCode() + ": " + sent.body());
        String link = sent.body().strip();
        URI elsewhere = URI.create(receiver + link.substring(sender.length()));
        HttpResponse<byte[]> got = client.send(HttpRequest.newBuilder(elsewhere).build(), BodyHandlers.ofByteArray());
        require(got.statusCode() == 200 && Arrays.equals(got.body(), file), "the link got " + got.statusCode());
        String secret = sent.headers().firstValue("Link-Delete").orElse("");
        HttpResponse<Void> revoked = client.send(
                HttpRequest.newBuilder(elsewhere)
                        .header("Link-Delete", secret)
                        .DELETE()
                        .build(),
                BodyHandlers.discarding());
        require(revoked.statusCode() == 204, "revoking got " + revoked.statusCode());
        int after = client.send(HttpRequest.newBuilder(elsewhere).build(), BodyHandlers.discarding())
                .statusCode();
        require(after == 410 || after == 404, "the revoked link got " + after);
        return "sent " + SIZE + " bytes to " + sender + ", got them from " + receiver + " by " + link
                + ", and revoked the link";
    }

    private static void require(boolean condition, String otherwise) throws IOException {
        if (!condition) {
            throw new IOException(otherwise);
        }
    }
}
