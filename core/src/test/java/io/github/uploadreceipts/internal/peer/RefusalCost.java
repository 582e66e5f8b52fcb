package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.internal.token.Forge;
import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A program that measures what a refusal costs, to be run by hand. It prints microseconds per token on one thread. */
final class RefusalCost {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final KeyRing RING = TestRings.photos();
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final int TIMES = 20_000;

    private RefusalCost() {}

    private static String receipt(boolean encrypted) {
        Location location =
                Location.parse("http://app1.lan:8080/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw");
        return new ReceiptTokens(RING, encrypted)
                .issue(new UploadReceipt(
                        location.id(),
                        "a.jpg",
                        "a/b",
                        5,
                        ContentDigest.of(new byte[32]),
                        List.of(location),
                        Optional.empty(),
                        NOW,
                        NOW.plusSeconds(3600),
                        Optional.empty(),
                        Optional.empty()));
    }

    /** Returns a token of each form, as long as a verifier reads. */
    private static Map<String, String> signed() {
        String good = receipt(false);
        String[] parts = good.split("\\.", -1);
        int room = 8192 - parts[0].length() - parts[2].length() - 2;
        Map<String, String> tokens = new LinkedHashMap<>();
        tokens.put("accepted", good);
        tokens.put("too long (10 MB)", "A".repeat(10_000_000));
        tokens.put("8 KiB of dots", ".".repeat(8192));
        tokens.put("8 KiB of a.a.a.", "a.".repeat(4096));
        tokens.put("8 KiB without a dot", "A".repeat(8192));
        tokens.put("8 KiB, a stranger's header", "A".repeat(8188) + ".A.A");
        tokens.put("8 KiB, wrong seal", parts[0] + "." + "A".repeat(room - room % 4) + "." + parts[2]);
        tokens.put("wrong seal", good.substring(0, good.length() - 4) + "AAAA");
        tokens.put("well signed, nested 3,000 deep", Forge.jws(Forge.RECEIPT_HEADER, "[".repeat(5900)));
        tokens.put(
                "well signed, a number of 5,900 digits",
                Forge.jws(Forge.RECEIPT_HEADER, "{\"exp\":" + "9".repeat(5890) + "}"));
        tokens.put(
                "well signed, a number of 999 digits",
                Forge.jws(Forge.RECEIPT_HEADER, "{\"exp\":" + "9".repeat(999) + "}"));
        tokens.put("well signed, 600 members", Forge.jws(Forge.RECEIPT_HEADER, members()));
        return tokens;
    }

    private static String members() {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < 600; i++) {
            json.append("\"")
                    .append(Integer.toString(i, 36))
                    .append("\":")
                    .append(i % 10)
                    .append(",");
        }
        return json.append("\"\":0}").toString();
    }

    private static Map<String, String> encrypted() {
        String good = receipt(true);
        String[] parts = good.split("\\.", -1);
        Map<String, String> tokens = new LinkedHashMap<>();
        tokens.put("encrypted, accepted", good);
        tokens.put("encrypted, wrong tag", good.substring(0, good.length() - 4) + "AAAA");
        parts[1] = (parts[1].startsWith("A") ? "B" : "A") + parts[1].substring(1);
        tokens.put("encrypted, wrong key", String.join(".", parts));
        parts = good.split("\\.", -1);
        parts[3] = "A".repeat(7800);
        tokens.put("encrypted, 8 KiB, wrong tag", String.join(".", parts));
        tokens.put("encrypted, inside unsigned", Forge.jwe(Forge.base64url("{\"alg\":\"none\"}") + ".e30."));
        return tokens;
    }

    public static void main(String[] arguments) {
        measure(ReceiptVerifier.create(RING, CLOCK, false), signed());
        measure(ReceiptVerifier.create(RING, CLOCK, true), encrypted());
    }

    private static void measure(ReceiptVerifier verifier, Map<String, String> tokens) {
        tokens.forEach((name, token) -> {
            long[] nanos = new long[TIMES];
            String result = "";
            for (int i = 0; i < TIMES; i++) {
                long start = System.nanoTime();
                result = outcome(verifier, token);
                nanos[i] = System.nanoTime() - start;
            }
            long first = nanos[0];
            Arrays.sort(nanos);
            System.out.printf(
                    "%-40s %-12s median %6.1f  99%% %7.1f  first %8.1f us%n",
                    name, result, nanos[TIMES / 2] / 1e3, nanos[TIMES * 99 / 100] / 1e3, first / 1e3);
        });
    }

    private static String outcome(ReceiptVerifier verifier, String token) {
        try {
            return verifier.verify(token).name();
        } catch (TokenRefusedException e) {
            return e.reason().toString();
        }
    }
}
