package io.github.uploadreceipts.key;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

class KeyRingFuzzTest {

    @FuzzTest(maxDuration = "10m")
    void parse_anyFile(byte[] content) {
        KeyRing.Snapshot ring;
        try {
            ring = KeyRing.parse(content);
        } catch (IOException e) {
            return;
        }
        ObjectNode json = StrictJson.object().put("fleet", ring.fleet());
        var array = json.putArray("keys");
        ring.keys().forEach(key -> key.writeTo(array.addObject()));
        try {
            KeyRing.Snapshot again = KeyRing.parse(json.toString().getBytes(StandardCharsets.UTF_8));
            assertThat(described(again)).isEqualTo(described(ring));
        } catch (IOException e) {
            throw new AssertionError("a ring that was parsed is refused when it is written and parsed again", e);
        }
    }

    private static List<String> described(KeyRing.Snapshot ring) {
        return ring.keys().stream()
                .map(key -> key + " " + List.of(key.secret()))
                .toList();
    }
}
