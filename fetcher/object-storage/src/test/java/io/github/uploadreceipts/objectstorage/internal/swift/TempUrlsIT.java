package io.github.uploadreceipts.objectstorage.internal.swift;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.testing.Required;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Signatures of temporary URLs, compared with those that Swift's own code makes. */
class TempUrlsIT {

    private static final String SWIFT = """
            import sys
            from swift.common.digest import get_hmac
            for line in sys.stdin.buffer:
                digest, method, expires, path, key = line.decode('utf-8').rstrip('\\n').split('\\t')
                print(get_hmac(method, path, int(expires), key, digest=digest))
            """;

    @Test
    void signature_anyName_isThatOfSwift() throws IOException {
        Required.requireProgram("swift", "swift-proxy-server", "swift-proxy");
        Process python = new ProcessBuilder("/usr/bin/python3", "-c", SWIFT)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Random random = new Random(11);
        List<String> ours = new ArrayList<>();
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            String digest = random.nextBoolean() ? "256" : "512";
            String method = List.of("GET", "PUT", "HEAD", "DELETE").get(random.nextInt(4));
            long expires = random.nextLong(1L << 33);
            String path = "/v1/AUTH_" + text(random) + "/" + text(random) + "/" + text(random);
            String key = text(random);
            ours.add(TempUrls.signature("HmacSHA" + digest, key, method, expires, path));
            lines.append(String.join("\t", "sha" + digest, method, Long.toString(expires), path, key))
                    .append('\n');
        }
        try (var in = python.getOutputStream()) {
            in.write(lines.toString().getBytes(UTF_8));
        }
        assertThat(new String(python.getInputStream().readAllBytes(), UTF_8).lines())
                .containsExactlyElementsOf(ours);
    }

    /** Any characters but those that separate them here. */
    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        random.ints(1 + random.nextInt(40), 0x21, random.nextBoolean() ? 0x7f : 0x1f000)
                .filter(c -> Character.isDefined(c) && !Character.isISOControl(c) && (c < 0xd800 || c > 0xdfff))
                .forEach(text::appendCodePoint);
        return text.append('a').toString();
    }
}
