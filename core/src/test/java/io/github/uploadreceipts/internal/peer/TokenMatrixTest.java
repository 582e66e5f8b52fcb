package io.github.uploadreceipts.internal.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.direct.TestRecords;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.handover.TestMessages;
import io.github.uploadreceipts.internal.share.LinkTerms;
import io.github.uploadreceipts.internal.share.LinkTokens;
import io.github.uploadreceipts.internal.share.UploadRequestTerms;
import io.github.uploadreceipts.internal.share.UploadRequestTokens;
import io.github.uploadreceipts.internal.token.AcceptedTicket;
import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.internal.token.TicketTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Shows every token wherever another one is expected. A token is minted for one kind, owner, fleet and user, and must
 * be accepted for exactly these.
 */
class TokenMatrixTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

    /** The fleets share their secrets and key ids. Only their names differ. */
    private static final Map<String, KeyRing> FLEETS = Map.of(
            "photos", TestRings.photos(),
            "videos",
                    TestRings.of(
                            TestRings.ring("videos", TestRings.SIGNING, TestRings.ENCRYPTION, TestRings.DERIVATION)));

    private static final URI RECEIVER = URI.create("https://shop.example/");

    private static final List<String> OWNERS =
            List.of("http://app1.lan:8080", "http://app2.lan:8080", "http://app1.lan:8080/shop");

    /**
     * What a token is minted for. A receipt or ticket has no owner, because it is for all hosts. A token between hosts
     * has no user.
     */
    private record Cell(String kind, String owner, String fleet, String user) {

        String mint() {
            if (kind.equals("peer")) {
                return new PeerTokens(FLEETS.get(fleet), CLOCK).mint(request(owner));
            }
            if (kind.equals("relay")) {
                return new RelayTokens(FLEETS.get(fleet), CLOCK).mint(relayed(owner));
            }
            if (kind.equals("resource")) {
                return new ResourceTokens(FLEETS.get(fleet), CLOCK).mint(resource(owner));
            }
            if (kind.equals("share")) {
                return new LinkTokens(FLEETS.get(fleet), CLOCK).mint(link(owner));
            }
            if (kind.equals("upload request")) {
                return new UploadRequestTokens(FLEETS.get(fleet), CLOCK).mint(uploadRequest(user));
            }
            if (kind.equals("finish")) {
                return TestMessages.finishToken(
                        FLEETS.get(fleet), CLOCK, location(owner), RECEIVER, NOW.plusSeconds(3600));
            }
            if (kind.equals("record")) {
                return TestRecords.token(FLEETS.get(fleet), CLOCK, user);
            }
            if (kind.equals("ticket")) {
                return TicketIssuer.create(FLEETS.get(fleet)).issue(ticket(user));
            }
            return new ReceiptTokens(FLEETS.get(fleet), isEncrypted()).issue(receipt(user));
        }

        boolean accepts(String token) {
            try {
                if (kind.equals("peer")) {
                    Location location = request(owner).location();
                    return new PeerTokens(FLEETS.get(fleet), CLOCK)
                            .verify(token, "GET", OwnUrls.of(location.base()), location)
                            .equals(request(owner));
                }
                if (kind.equals("relay")) {
                    return new RelayTokens(FLEETS.get(fleet), CLOCK)
                            .verify(token, "PATCH", OwnUrls.of(URI.create(owner)))
                            .equals(relayed(owner));
                }
                if (kind.equals("resource")) {
                    return new ResourceTokens(FLEETS.get(fleet), CLOCK)
                            .verify(token)
                            .equals(resource(owner));
                }
                if (kind.equals("share")) {
                    return new LinkTokens(FLEETS.get(fleet), CLOCK)
                            .verify(token)
                            .equals(link(owner));
                }
                if (kind.equals("upload request")) {
                    return new UploadRequestTokens(FLEETS.get(fleet), CLOCK)
                            .verify(token)
                            .equals(uploadRequest(user));
                }
                if (kind.equals("finish")) {
                    return TestMessages.finishes(FLEETS.get(fleet), CLOCK, token, location(owner), RECEIVER);
                }
                if (kind.equals("record")) {
                    return TestRecords.accepts(FLEETS.get(fleet), CLOCK, token, user);
                }
                if (kind.equals("ticket")) {
                    AcceptedTicket ticket = new TicketTokens(FLEETS.get(fleet)).verify(token, NOW);
                    Admission.of(UploadPermit.of(user, UploadLimits.defaults()).requiringTicket())
                            .with(ticket, 0);
                    return ticket.ticket().equals(ticket(user));
                }
                return ReceiptVerifier.create(FLEETS.get(fleet), CLOCK, isEncrypted())
                        .subject(user)
                        .verify(token)
                        .equals(receipt(user));
            } catch (RefusedException e) {
                return false;
            }
        }

        private boolean isEncrypted() {
            return kind.equals("encrypted receipt");
        }
    }

    private static PeerRequest request(String owner) {
        return new PeerRequest("GET", location(owner), 5, ContentDigest.of(new byte[32]), "a/b", Optional.empty());
    }

    private static UploadResource resource(String owner) {
        return new UploadResource(URI.create(owner), location(owner).id(), NOW.plusSeconds(3600));
    }

    private static RelayRequest relayed(String owner) {
        return new RelayRequest(
                URI.create(owner),
                "PATCH",
                RelayRequest.Purpose.SERVE,
                Optional.of(resource(OWNERS.get(0))),
                Optional.empty());
    }

    private static Location location(String owner) {
        return Location.parse(owner + "/internal/uploads/2026-11-22T09/AAECAwQFBgcICQoLDA0ODw");
    }

    private static UploadTicket ticket(String user) {
        return UploadTicket.builder(CLOCK).id("t1").subject(user).build();
    }

    private static LinkTerms link(String owner) {
        UploadReceipt upload = receipt(location(owner), Optional.empty(), Instant.EPOCH);
        return new LinkTerms(upload, false, false, Optional.empty(), 0, false, Optional.empty());
    }

    private static UploadRequestTerms uploadRequest(String user) {
        return new UploadRequestTerms(
                "r1",
                user,
                "Files",
                Optional.empty(),
                Optional.empty(),
                NOW.plusSeconds(3600),
                Duration.ofDays(1),
                1,
                Optional.empty(),
                List.of(),
                Optional.empty(),
                UploadRequestTerms.SenderName.OPTIONAL,
                false,
                Optional.empty());
    }

    private static UploadReceipt receipt(String user) {
        return receipt(location(OWNERS.get(0)), Optional.of(user), NOW);
    }

    private static UploadReceipt receipt(Location location, Optional<String> user, Instant issued) {
        return new UploadReceipt(
                location.id(),
                "a.jpg",
                "a/b",
                5,
                ContentDigest.of(new byte[32]),
                List.of(location),
                user,
                issued,
                NOW.plusSeconds(3600),
                Optional.empty(),
                Optional.empty());
    }

    private static List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        for (String fleet : List.of("photos", "videos")) {
            for (String kind : List.of("peer", "relay", "resource", "share", "finish")) {
                OWNERS.forEach(owner -> cells.add(new Cell(kind, owner, fleet, "")));
            }
            for (String kind : List.of("signed receipt", "encrypted receipt", "ticket", "upload request", "record")) {
                for (String user : List.of("ann", "bob", "Ann")) {
                    cells.add(new Cell(kind, "", fleet, user));
                }
            }
        }
        return cells;
    }

    @Test
    void verify_onlyWhatATokenIsMintedFor() {
        List<Cell> cells = cells();
        assertThat(cells).hasSize(60);
        int accepted = 0;
        for (Cell minted : cells) {
            String token = minted.mint();
            for (Cell wanted : cells) {
                assertThat(wanted.accepts(token))
                        .as("%s where %s is expected", minted, wanted)
                        .isEqualTo(wanted.equals(minted));
                accepted += wanted.equals(minted) ? 1 : 0;
            }
        }
        assertThat(accepted).isEqualTo(cells.size());
    }
}
