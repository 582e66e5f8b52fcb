package io.github.uploadreceipts.samples.album;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.receipt.ContentDigest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Does the main job once, over HTTP as a client would. It uploads the files to the hosts in turn, and then sends one
 * request with all the receipts to the next host. It compares the album with the files that it sent.
 */
final class Round {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Fleet fleet;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private int turn;

    Round(Fleet fleet) {
        this.fleet = fleet;
    }

    private record Sent(String name, String receipt, String sha256) {}

    /**
     * Makes an album of {@code files}, and returns it.
     *
     * @throws IOException if a host refuses or does not respond, or the album differs from the files; the message says
     *     which
     */
    MadeAlbum run(List<Path> files) throws IOException, InterruptedException {
        List<Sent> sent = new ArrayList<>();
        for (Path file : files) {
            sent.add(upload(file));
        }
        HostPlan host = next();
        JsonNode answer = submit(host, sent);
        requireSame("album", sent, albumDigests(answer));
        requireSame("ZIP archive", sent, zipDigests(URI.create(host.url() + text(answer, "zip"))));
        String album = text(answer, "album");
        return fleet.albums()
                .find(album.substring(album.lastIndexOf('/') + 1))
                .orElseThrow(() -> new IOException("there is no album " + album));
    }

    private HostPlan next() {
        return fleet.plans().get(turn++ % fleet.plans().size());
    }

    private Sent upload(Path file) throws IOException, InterruptedException {
        String name = file.getFileName().toString();
        HttpRequest request = HttpRequest.newBuilder(URI.create(next().url() + "/uploads"))
                .header("Content-Type", type(file))
                .header("Content-Disposition", Attachment.named(name))
                .header("Accept", Answers.JSON)
                .POST(BodyPublishers.ofFile(file))
                .build();
        JsonNode receipt = send(request, 201).path("receipts").path(0);
        return new Sent(text(receipt, "name"), text(receipt, "receipt"), digest(file));
    }

    private static String type(Path file) throws IOException {
        return Optional.ofNullable(Files.probeContentType(file)).orElse("application/octet-stream");
    }

    private static String digest(Path file) throws IOException {
        MessageDigest hash = ContentDigest.newHash();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), hash)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return hex(hash);
    }

    private static String hex(MessageDigest hash) {
        return HexFormat.of().formatHex(hash.digest());
    }

    private JsonNode submit(HostPlan host, List<Sent> sent) throws IOException, InterruptedException {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        var items = json.putArray("items");
        sent.forEach(file -> items.addObject().put("receipt", file.receipt()).put("caption", file.name()));
        BodyPublisher body = BodyPublishers.ofString(json.toString());
        return send(
                HttpRequest.newBuilder(URI.create(host.url() + "/album"))
                        .header("Content-Type", Answers.JSON)
                        .POST(body)
                        .build(),
                200);
    }

    private JsonNode send(HttpRequest request, int expected) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
        if (response.statusCode() != expected) {
            throw refused(request, response.statusCode(), new String(response.body(), StandardCharsets.UTF_8));
        }
        return JSON.readTree(response.body());
    }

    private static IOException refused(HttpRequest request, int status, String body) {
        return new IOException(request.method() + " " + request.uri() + " was answered " + status + " " + body);
    }

    private static String text(JsonNode json, String member) throws IOException {
        if (!json.path(member).isTextual()) {
            throw new IOException("an answer has no \"" + member + "\": " + json);
        }
        return json.path(member).textValue();
    }

    private static List<String> albumDigests(JsonNode answer) throws IOException {
        List<String> digests = new ArrayList<>();
        for (JsonNode item : answer.path("items")) {
            digests.add(text(item, "sha256"));
        }
        return digests;
    }

    private List<String> zipDigests(URI zip) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(zip).build();
        HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
        try (ZipInputStream in = new ZipInputStream(response.body())) {
            if (response.statusCode() != 200) {
                throw refused(request, response.statusCode(), "");
            }
            List<String> digests = new ArrayList<>();
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                MessageDigest hash = ContentDigest.newHash();
                new DigestInputStream(in, hash).transferTo(OutputStream.nullOutputStream());
                digests.add(hex(hash));
            }
            return digests;
        }
    }

    private static void requireSame(String what, List<Sent> sent, List<String> digests) throws IOException {
        List<String> expected = sent.stream().map(Sent::sha256).toList();
        if (!digests.equals(expected)) {
            throw new IOException("the " + what + " does not have the files that were sent, in their order: " + digests
                    + " in place of " + expected);
        }
    }
}
