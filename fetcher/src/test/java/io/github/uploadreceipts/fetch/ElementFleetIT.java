package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.testing.BrowserScript;
import java.net.URI;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The element for browsers, whose requests each reach another host. */
class ElementFleetIT {

    @TempDir
    Path directory;

    @Test
    void upload_eachRequestToAnotherHost_isFetchedByAny() throws Exception {
        BrowserScript script = BrowserScript.install("element-fleet.mjs");
        Container container = Container.all().findFirst().orElseThrow();
        try (RelayFleet fleet = new RelayFleet(container, directory, 3)) {
            JsonNode seen = new ObjectMapper().readTree(script.play(settings(fleet)));
            List<String> tokens = texts(seen.path("receipts"));
            assertThat(seen.path("cuts").asInt()).as("%s", seen).isPositive();
            assertThat(tokens).hasSize(4);
            assertThat(fleet.members.get(0).host.receipts().verifyAll(tokens))
                    .extracting(UploadReceipt::name)
                    .containsExactly("large.png", "a.png", "b.png", "c.png");
            for (RelayFleet.Member member : fleet.members) {
                List<UploadReceipt> receipts = member.host.receipts().verifyAll(tokens);
                assertThat(RelayFleet.fetch(member, receipts))
                        .extracting(ElementFleetIT::sha256)
                        .isEqualTo(texts(seen.path("sha256")));
                assertThat(owners(receipts)).as("%s", seen).hasSizeGreaterThan(1);
            }
        }
    }

    private static String settings(RelayFleet fleet) {
        ObjectNode settings = JsonNodeFactory.instance
                .objectNode()
                .put("chromium", BrowserScript.chromium().toString());
        fleet.members.forEach(
                member -> settings.withArray("ports").add(member.uri("/").getPort()));
        return settings.toString();
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    private static List<URI> owners(List<UploadReceipt> receipts) {
        return receipts.stream()
                .map(receipt -> receipt.owner().base())
                .distinct()
                .toList();
    }

    private static String sha256(byte[] content) {
        MessageDigest hash = ContentDigest.newHash();
        hash.update(content);
        return ContentDigest.of(hash).hex();
    }
}
