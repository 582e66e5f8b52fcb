package io.github.uploadreceipts.samples.ticket;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.token.TicketTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.FileSize;
import io.github.uploadreceipts.permit.UploadTicket;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our own verifier accepts what the program in Node mints. */
class MintIT {

    @TempDir
    Path directory;

    @Test
    void mint_anyHostOfTheFleetTakesIt() throws Exception {
        NodeProgram program = NodeProgram.install(directory);
        Instant now = Instant.now();
        KeyRing old = KeyRing.generate("photos");
        KeyRing ring = old.rotate(now, now.minusSeconds(60), Duration.ofDays(8))
                .rotate(now, now.plusSeconds(3600), Duration.ofDays(8));
        Path file = directory.resolve("receipts.json");
        ring.write(file);

        String token = program.run(
                "node",
                "mint.mjs",
                file.toString(),
                "{\"sub\":\"ann\",\"files\":3,\"maxSize\":20000000,\"types\":[\"image/*\"]}");

        UploadTicket ticket = new TicketTokens(KeyRing.load(file))
                .verify(token, Clock.systemUTC().instant())
                .ticket();
        assertThat(ticket.subject()).contains("ann");
        assertThat(ticket.files()).isEqualTo(3);
        assertThat(ticket.size()).contains(FileSize.atMost(20_000_000));
        assertThat(ticket.types()).containsExactly("image/*");
        assertThat(Duration.between(ticket.issuedAt(), ticket.uploadsExpireAt()))
                .isEqualTo(Duration.ofDays(1));
    }
}
