package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.github.uploadreceipts.testing.MemoryDirectStore;
import jakarta.servlet.http.HttpServlet;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A large upload straight to the store, which takes longer to read than front servers wait. */
@Execution(ExecutionMode.CONCURRENT)
class SlowDirectIT {

    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @MethodSource(Container.ALL)
    void record_takesLong_202InTime_thenTheReceiptOfTheSameRun(Container container) throws Exception {
        InMemoryUploadStore store = InMemoryUploadStore.create();
        MemoryDirectStore place = MemoryDirectStore.of(store, "http://store.lan/in");
        CountDownLatch reading = new CountDownLatch(1);
        place.at("measure", () -> {
            try {
                reading.await();
            } catch (InterruptedException e) {
                throw new StoreException.Failed("interrupted", e);
            }
        });
        UploadHost host = UploadHost.builder(KeyRing.generate("test"), store)
                .internalUrl("http://127.0.0.1:8080")
                .developmentMode()
                .build();
        UploadFilter filter = UploadFilter.create(host, UploadPolicy.anyone(UploadLimits.defaults()));
        try (Container.Running running =
                container.start(Container.App.of(Map.of("/uploads/*", filter), new HttpServlet() {}, true))) {
            JsonNode begun = JSON.readTree(Wire.exchange(
                            running.port(),
                            head("POST", "/uploads/direct") + "Content-Type: application/json\r\n",
                            "{\"size\":5}".getBytes(UTF_8))
                    .body());
            place.write(URI.create(begun.path("url").asText()), "hello".getBytes(UTF_8));
            String head = head("POST", "/uploads/" + begun.path("record").asText());

            Instant start = Instant.now();
            Wire.Response first = Wire.exchange(running.port(), head, new byte[0]);
            assertThat(Duration.between(start, Instant.now())).isBetween(Duration.ofSeconds(20), Duration.ofMinutes(2));
            assertThat(first.status()).isEqualTo(202);
            assertThat(first.header("Retry-After")).isEqualTo("1");
            assertThat(first.body()).isEqualTo("{\"receipts\":[]}");

            reading.countDown();
            Wire.Response second = Wire.exchange(running.port(), head, new byte[0]);
            assertThat(second.status()).as(second.body()).isEqualTo(201);
            assertThat(place.count("copy")).isEqualTo(1);
        } finally {
            reading.countDown();
            host.close();
        }
    }
}
