package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.soak.Client.Kept;
import io.github.uploadreceipts.fetch.soak.Request.Kind;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** The bodies of forms and of final requests. */
final class Forms {

    private static final String BOUNDARY = "soak-5d1c0a7e";

    private Forms() {}

    /** Returns a form with files. */
    static Request files(List<Content> files) {
        return multipart(Kind.NEW, "/uploads", List.of(), files);
    }

    /** Returns a final request with receipts, in any encoding, and files if there are any. */
    static Request order(String query, List<Kept> receipts, List<Content> files, Random random) {
        String target = "/orders" + (query.isEmpty() ? "" : "?" + query);
        Kind kind = files.isEmpty() ? Kind.ORDER : Kind.ORDER_WITH_FILES;
        return switch (files.isEmpty() ? random.nextInt(3) : 0) {
            case 0 -> multipart(kind, target, receipts, files);
            case 1 ->
                Request.of(
                        kind,
                        "POST",
                        target,
                        "Content-Type: application/x-www-form-urlencoded\r\n",
                        ascii(receipts.stream()
                                .map(kept -> "receipt=" + kept.receipt())
                                .collect(Collectors.joining("&"))));
            default ->
                Request.of(
                        kind,
                        "POST",
                        target,
                        "Content-Type: application/json\r\n",
                        ascii(receipts.stream()
                                .map(kept -> '"' + kept.receipt() + '"')
                                .collect(Collectors.joining(",", "{\"receipts\":[", "]}"))));
        };
    }

    private static Request multipart(Kind kind, String target, List<Kept> receipts, List<Content> files) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Kept kept : receipts) {
            body.writeBytes(ascii("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"receipt\"\r\n\r\n"
                    + kept.receipt() + "\r\n"));
        }
        for (Content file : files) {
            body.writeBytes(ascii("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\""
                    + file.size() + ".bin\"\r\nContent-Type: image/jpeg\r\n\r\n"));
            body.writeBytes(file.bytes());
            body.writeBytes(ascii("\r\n"));
        }
        body.writeBytes(ascii("--" + BOUNDARY + "--\r\n"));
        return Request.of(
                kind,
                "POST",
                target,
                "Content-Type: multipart/form-data; boundary=" + BOUNDARY + "\r\n",
                body.toByteArray());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
