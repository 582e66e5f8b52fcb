package io.github.uploadreceipts.internal.seal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.seal.Sealed.Store;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.testing.Required;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * The published examples of the sealed format, {@code sealed-vectors.json}. {@code sealed-vectors.mjs} verifies them
 * without our code.
 */
class SealedVectorsTest {

    private static final HexFormat HEX = HexFormat.of();
    private static final int[] SIZES = {0, 1, 65_536, 65_537, 131_072};
    private static final int MAX_SHOWN = 100;

    private static URL resource(String name) {
        return Objects.requireNonNull(SealedVectorsTest.class.getResource(name), name);
    }

    private static String sha256(byte[] bytes) {
        var hash = ContentDigest.newHash();
        hash.update(bytes);
        return ContentDigest.of(hash).hex();
    }

    private static byte[] plain(int size) {
        byte[] plain = new byte[size];
        for (int i = 0; i < size; i++) {
            plain[i] = (byte) (i % 251);
        }
        return plain;
    }

    /** Gives the nonces of the example, where others would be random. */
    private static RandomGenerator nonces(List<byte[]> nonces) {
        var left = new ArrayList<>(nonces);
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                throw new UnsupportedOperationException();
            }

            @Override
            public void nextBytes(byte[] bytes) {
                System.arraycopy(left.remove(0), 0, bytes, 0, bytes.length);
            }
        };
    }

    private static ObjectNode vector(int size) {
        String number = "%02x".formatted(size % 251 + 1);
        String contentKey = HEX.formatHex(plain(32)).replace("1f", number);
        String sealId = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfe" + number;
        List<byte[]> nonces = new ArrayList<>();
        for (long segment = 0; segment < Segments.count(size); segment++) {
            nonces.add(HEX.parseHex("a0a1a2a3a4a5a6a7a8a9" + number + "%02x".formatted(segment)));
        }
        SealKey key = SealKey.of(HEX.parseHex(contentKey + sealId));
        Store store = new Store();
        Sealer sealer = Sealer.begin(key, nonces(nonces));
        sealer.write(ByteBuffer.wrap(plain(size)), store::append);
        sealer.finish(store::append);
        byte[] stored = store.toByteArray();
        ObjectNode vector = new ObjectMapper()
                .createObjectNode()
                .put("contentKey", contentKey)
                .put("sealId", sealId)
                .put("cipherKey", HEX.formatHex(key.cipherKey().getEncoded()))
                .put("size", size)
                .put("plainSha256", sha256(plain(size)));
        nonces.forEach(nonce -> vector.withArray("nonces").add(HEX.formatHex(nonce)));
        vector.put("storedSize", stored.length).put("storedSha256", sha256(stored));
        if (stored.length <= MAX_SHOWN) {
            vector.put("stored", HEX.formatHex(stored));
        }
        for (int end = Segments.STORED; end < stored.length + Segments.STORED; end += Segments.STORED) {
            int tagEnd = Math.min(end, stored.length);
            vector.withArray("tags").add(HEX.formatHex(stored, tagEnd - Segments.TAG, tagEnd));
        }
        return vector;
    }

    /** If the format changes, so does its version, and the vectors of this one stay. */
    @Test
    void vectors_areWhatWeSeal() throws IOException {
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode all = json.createObjectNode()
                .put("comment", "Sealed format, version 1. Hexadecimal. Plain byte i is i modulo 251.");
        for (int size : SIZES) {
            all.withArray("vectors").add(vector(size));
        }
        try (InputStream in = resource("sealed-vectors.json").openStream()) {
            JsonNode kept = json.readTree(in);
            assertThat(kept).as(json.writeValueAsString(all)).isEqualTo(json.readTree(json.writeValueAsString(all)));
        }
    }

    /** A reader in another language, which has only the description in the README. */
    @Test
    void vectors_nodeSealsTheSame_andOpensThem() throws Exception {
        Required.requireProgram("npm", "node", "nodejs npm");
        Process node = new ProcessBuilder("node", path("sealed-vectors.mjs"), path("sealed-vectors.json"))
                .redirectErrorStream(true)
                .start();
        String printed = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(node.waitFor()).as(printed).isZero();
        assertThat(printed).contains(SIZES.length + " vectors");
    }

    private static String path(String name) throws URISyntaxException {
        return Path.of(resource(name).toURI()).toString();
    }
}
