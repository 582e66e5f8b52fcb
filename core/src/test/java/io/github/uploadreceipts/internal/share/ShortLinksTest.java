package io.github.uploadreceipts.internal.share;

import static io.github.uploadreceipts.internal.share.LinkFleet.BASE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.share.LinkFleet.Member;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.share.ShareLinks;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.InMemoryUploadStore;
import io.github.uploadreceipts.testing.RecordedLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Host 1 keeps the uploads. Host 2 is asked. */
class ShortLinksTest {

    @TempDir
    Path root;

    private LinkFleet fleet;
    private Member one;
    private Member two;
    private UploadReceipt upload;

    @BeforeEach
    void start() throws Exception {
        fleet = new LinkFleet(root);
        one = fleet.start(1, 1, 2);
        two = fleet.start(2, 1, 2);
        upload = LinkFleet.upload(one);
    }

    @AfterEach
    void close() throws IOException {
        fleet.close();
    }

    private static ShareLinks links(Member member) {
        return ShareLinks.of(member.host(), BASE);
    }

    private String create(Member at, ShareLink.Builder link) throws IOException {
        return links(at).url(link.shortened().build()).substring(BASE.length());
    }

    private String create(Member at) throws IOException {
        return create(at, ShareLink.of(upload));
    }

    private static LinkRequest request(String token, String password, String source) {
        return new LinkRequest(
                token,
                Optional.of(password).filter(text -> !text.isEmpty()),
                Optional.empty(),
                Optional.empty(),
                source,
                Optional.empty(),
                true);
    }

    private static LinkRequest request(String token) {
        return request(token, "", "a");
    }

    private static LinkRequest with(LinkRequest request, Optional<String> pass, Optional<String> lease) {
        return new LinkRequest(
                request.token(), request.password(), pass, lease, request.source(), request.subject(), true);
    }

    private static Admission admit(Member at, LinkRequest request) throws Exception {
        return at.gate().admit(request).get();
    }

    private static Problem problem(Member at, LinkRequest request) {
        ExecutionException failure = catchThrowableOfType(ExecutionException.class, () -> admit(at, request));
        assertThat(failure).as("a refusal").isNotNull();
        assertThat(failure.getCause()).isInstanceOf(RefusedException.class);
        return ((RefusedException) failure.getCause()).problem();
    }

    private static ProblemType refusal(Member at, String token) {
        return problem(at, request(token)).type();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(root.resolve("host1/uploads"))) {
            return all.filter(file -> file.toString().contains("-links"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void url_ofOwnUpload_atEveryHost() throws Exception {
        String token = create(one, ShareLink.of(upload).note("From Ann.").inline());
        assertThat(token).hasSize(59).matches("[0-9A-Za-z_-]+");
        assertThat(fleet.sent).isEmpty();
        for (Member member : List.of(one, two)) {
            LinkTerms terms = admit(member, request(token)).terms();
            assertThat(terms.upload().id()).isEqualTo(upload.id());
            assertThat(terms.upload().digest()).isEqualTo(upload.digest());
            assertThat(terms.upload().locations()).isEqualTo(upload.locations());
            assertThat(terms.upload().expiresAt()).isEqualTo(upload.expiresAt());
            assertThat(terms.note()).contains("From Ann.");
            assertThat(terms.inline()).isTrue();
        }
        assertThat(fleet.sent).hasSize(1);
    }

    @Test
    void url_ofUploadAtAPeer() throws Exception {
        String token = create(two);
        assertThat(fleet.sent).hasSize(1);
        assertThat(files()).as("directory and record").hasSize(2);
        assertThat(admit(one, request(token)).terms().upload().name()).isEqualTo("a.png");
    }

    @Test
    void url_ownerIsNoPeer() throws IOException {
        Member three = fleet.start(3, 2);
        assertThatIllegalStateException()
                .isThrownBy(() -> create(three))
                .withMessage(
                        "no short share link can be made: http://192.0.2.1:8080 is neither this host nor one of its"
                                + " peers. Set peers to the internal URLs of all hosts, on every host");
        String token = create(one);
        assertThat(refusal(three, token)).isEqualTo(ProblemType.NOT_FOUND);
        assertThat(fleet.sent).isEmpty();
    }

    @Test
    void url_ownerIsDown() throws Exception {
        String token = create(one);
        fleet.stop(1);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> create(two))
                .withMessage("http://192.0.2.1:8080 was asked about a short share link: UNAVAILABLE");
        assertThat(refusal(two, token)).isEqualTo(ProblemType.UNAVAILABLE);
        fleet.start(1, 1, 2);
        assertThat(admit(two, request(token)).terms().upload().id()).isEqualTo(upload.id());
    }

    @Test
    void url_uploadDiscarded_orHostWithoutSuchAStore() throws Exception {
        one.store().discard(upload.id(), upload.owner().hour());
        assertThatExceptionOfType(StoreException.Gone.class).isThrownBy(() -> create(one));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> create(two))
                .withMessageEndingWith("UPLOAD_GONE");
        assertThat(files()).isEmpty();
        try (UploadHost memory = UploadHost.builder(TestRings.photos(), InMemoryUploadStore.create())
                .internalUrl(LinkFleet.url(1).toString())
                .clock(fleet.clock)
                .build()) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> ShareLinks.of(memory, BASE)
                            .url(ShareLink.of(upload).shortened().build()))
                    .withMessage("no short share link can be made: only a store on the local disk keeps them");
        }
    }

    /** Nobody who sees a token or the disk learns more, and each token has one text. */
    @Test
    void admit_anyCharacterChanged() throws Exception {
        String token = create(one);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for (int i = 0; i < token.length(); i++) {
            String before = token.substring(0, i);
            String after = token.substring(i + 1);
            char neighbour = alphabet.charAt(alphabet.indexOf(token.charAt(i)) ^ 1);
            for (String changed : List.of(before + neighbour + after, before + '.' + after, before + after, before)) {
                assertThat(refusal(one, changed)).as("%s at %s", changed, i).isEqualTo(ProblemType.NOT_FOUND);
            }
        }
    }

    @Test
    void record_hasNoKeyAndNoName() throws Exception {
        String token = create(one, ShareLink.of(upload).note("From Ann."));
        ShortLink link = ShortLink.parse(token).orElseThrow();
        for (Path file : files()) {
            assertThat(file.toString()).doesNotContain(token.substring(38));
            if (Files.isRegularFile(file)) {
                String content = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertThat(content).doesNotContain("a.png", "Ann");
                assertThat(content).doesNotContain(new String(link.key(), StandardCharsets.ISO_8859_1));
            }
        }
        assertThat(link).hasToString("a short link to " + upload.id());
    }

    /** Whoever can write to the disk puts a record of another link, or of another upload, in its place. */
    @Test
    void record_forged() throws Exception {
        String token = create(one);
        Path record = record(token);
        UploadReceipt other = LinkFleet.upload(one);
        byte[] ofOther = Files.readAllBytes(record(create(one, ShareLink.of(other))));
        byte[] genuine = Files.readAllBytes(record);
        for (byte[] forged : List.of(ofOther, new byte[1], new byte[300], Arrays.copyOf(genuine, 40))) {
            Files.write(record, forged);
            assertThat(refusal(one, token)).isEqualTo(ProblemType.NOT_FOUND);
        }
        for (int i = 0; i < genuine.length; i++) {
            byte[] changed = genuine.clone();
            changed[i] ^= 1;
            Files.write(record, changed);
            assertThat(refusal(one, token)).as("byte " + i).isEqualTo(ProblemType.NOT_FOUND);
        }
        Files.write(record, genuine);
        assertThat(admit(one, request(token)).terms().upload().id()).isEqualTo(upload.id());
        Path moved = Files.createDirectories(record.getParent().resolveSibling(other.id() + "-links"));
        Files.write(moved.resolve(record.getFileName()), genuine);
        ShortLink link = ShortLink.parse(token).orElseThrow();
        String ofOtherUpload = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(ByteBuffer.allocate(44)
                        .putLong(link.owner())
                        .putInt((int) link.hour().start().getEpochSecond())
                        .put(other.id().toBytes())
                        .put(link.key())
                        .array());
        assertThat(refusal(one, ofOtherUpload)).isEqualTo(ProblemType.NOT_FOUND);
    }

    private Path record(String token) {
        ShortLink link = ShortLink.parse(token).orElseThrow();
        return root.resolve("host1/uploads/" + link.hour() + "/" + link.id() + "-links/" + link.name());
    }

    @Test
    void revoke_atEitherHost_once() throws Exception {
        for (Member member : List.of(one, two)) {
            String token = create(one);
            String kept = create(one);
            assertThat(links(member).revoke(BASE + token)).isTrue();
            assertThat(links(member).revoke(BASE + token)).isFalse();
            assertThat(refusal(one, token)).isEqualTo(ProblemType.UPLOAD_GONE);
            assertThat(refusal(two, token)).isEqualTo(ProblemType.UPLOAD_GONE);
            assertThat(admit(two, request(kept)).terms().upload().id()).isEqualTo(upload.id());
        }
    }

    @Test
    void revoke_whatIsNoShortLink() throws Exception {
        String url = links(one).url(ShareLink.of(upload).build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> links(one).revoke(url))
                .withMessage("only short share links can be revoked; this one has all that it says in its URL");
        String ofAnotherHost = "A".repeat(59);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> links(one).revoke(ofAnotherHost))
                .withMessageContaining("set peers");
        String token = create(one);
        fleet.stop(1);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> links(two).revoke(BASE + token))
                .withMessageEndingWith("UNAVAILABLE");
    }

    @Test
    void discard_takesItsLinks() throws Exception {
        String token = create(one);
        assertThat(files()).isNotEmpty();
        assertThat(one.store().discard(upload.id(), upload.owner().hour())).isTrue();
        assertThat(files()).isEmpty();
        assertThat(refusal(one, token)).isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(refusal(two, token)).isEqualTo(ProblemType.UPLOAD_GONE);
    }

    @Test
    void purge_takesLinks_andNothingElseIsLeft() throws Exception {
        String token = create(one);
        create(one, ShareLink.of(upload).downloads(2));
        fleet.clock.now = upload.owner().hour().end();
        assertThat(refusal(one, token)).as("expired, and not purged").isEqualTo(ProblemType.UPLOAD_GONE);
        fleet.clock.now = fleet.clock.now.plus(Duration.ofHours(1));
        assertThat(one.store().purge(fleet.clock.now)).isEqualTo(1);
        assertThat(files()).isEmpty();
        assertThat(root.resolve("host1/uploads/" + upload.owner().hour())).doesNotExist();
        assertThat(refusal(two, token)).isEqualTo(ProblemType.UPLOAD_GONE);
    }

    /** An hour in which nothing but links is left does not keep a host from being drained. */
    @Test
    void latestHour_linksAreNoUploads() throws Exception {
        create(one);
        assertThat(one.store().latestHour()).contains(upload.owner().hour());
        Files.delete(root.resolve("host1/uploads/" + upload.owner().hour() + "/" + upload.id()));
        assertThat(one.store().latestHour()).isEmpty();
    }

    @Test
    void extend_oldLinkStaysWhereItIs() throws Exception {
        String token = create(one);
        var later = ExpiryHour.of(upload.expiresAt().plus(Duration.ofDays(1)));
        var kept = UploadId.random();
        one.store().extend(upload.id(), upload.owner().hour(), kept, later);
        assertThat(admit(two, request(token)).terms().upload().id()).isEqualTo(upload.id());
        assertThat(one.store().discard(kept, later)).isTrue();
        assertThat(admit(two, request(token)).terms().upload().id()).isEqualTo(upload.id());
    }

    @Test
    void admit_afterItsTime() throws Exception {
        String token = create(one, ShareLink.of(upload).expiresIn(Duration.ofMinutes(5)));
        fleet.clock.now = fleet.clock.now.plusSeconds(359);
        assertThat(admit(two, request(token)).terms().upload().id()).isEqualTo(upload.id());
        fleet.clock.now = fleet.clock.now.plusSeconds(1);
        assertThat(refusal(one, token)).isEqualTo(ProblemType.UPLOAD_GONE);
        assertThat(refusal(two, token)).isEqualTo(ProblemType.UPLOAD_GONE);
    }

    @Test
    void admit_afterARotation_untilTheOldRootIsRetired() throws Exception {
        String token = create(one);
        fleet.keys.updateAndGet(old -> old.rotate(fleet.clock.now, fleet.clock.now, Duration.ofHours(2)));
        assertThat(admit(two, request(token)).terms().upload().id()).isEqualTo(upload.id());
        String newer = create(two);
        fleet.clock.now = fleet.clock.now.plus(Duration.ofHours(3));
        assertThat(refusal(two, token)).isEqualTo(ProblemType.NOT_FOUND);
        assertThat(admit(two, request(newer)).terms().upload().id()).isEqualTo(upload.id());
    }

    @Test
    void admit_password_decidedByTheOwner() throws Exception {
        String token = create(two, ShareLink.of(upload).password("right"));
        assertThat(refusal(two, token)).isEqualTo(ProblemType.PASSWORD_REQUIRED);
        Optional<String> pass = admit(two, request(token, "right", "a")).pass();
        assertThat(pass).isPresent();
        for (int i = 0; i < 100; i++) {
            Member asked = i % 2 == 0 ? one : two;
            assertThat(problem(asked, request(token, "guess" + i, "source" + i)).type())
                    .isEqualTo(ProblemType.PASSWORD_REQUIRED);
        }
        Problem closed = problem(two, request(token, "guess", "b"));
        assertThat(closed.type()).isEqualTo(ProblemType.TOO_MANY_PASSWORDS);
        assertThat(closed.retryAfter()).isEqualTo(OptionalLong.of(3600));
        assertThat(admit(two, with(request(token, "", "b"), pass, Optional.empty()))
                        .pass())
                .isEmpty();
        for (Member member : List.of(one, two)) {
            assertThat(problem(member, request(token, "right", "c")).type())
                    .as("remembered, which nobody may learn")
                    .isEqualTo(ProblemType.TOO_MANY_PASSWORDS);
        }
        assertThat(problem(two, request(token, "x".repeat(5000), "d")).type()).isEqualTo(ProblemType.PASSWORD_REQUIRED);
    }

    @Test
    void admit_subject() throws Exception {
        String token = create(two, ShareLink.of(upload).subject("bob"));
        assertThat(refusal(two, token)).isEqualTo(ProblemType.NOT_FOUND);
        LinkRequest anonymous = request(token);
        LinkRequest bob = new LinkRequest(
                token, anonymous.password(), anonymous.pass(), anonymous.lease(), "a", Optional.of("bob"), true);
        assertThat(admit(two, bob).terms().upload().subject()).contains("bob");
    }

    /** Somebody between the hosts changes responses, or sends an earlier one. */
    @Test
    void admit_responseOfTheOwnerForged() throws Exception {
        String token = create(one, ShareLink.of(upload).password("right"));
        List<PeerRelay.Response> seen = new CopyOnWriteArrayList<>();
        fleet.onTheWay = response -> {
            seen.add(response);
            return seen.get(0);
        };
        assertThat(admit(two, request(token, "right", "a")).pass()).isPresent();
        assertThat(problem(two, request(token, "wrong", "a")).type()).isEqualTo(ProblemType.UNAVAILABLE);
        for (String body : List.of("", "x", token)) {
            fleet.onTheWay = response -> LinkFleet.response(200, body);
            assertThat(refusal(two, token)).isEqualTo(ProblemType.UNAVAILABLE);
        }
        fleet.onTheWay = response -> LinkFleet.response(404, "");
        assertThat(refusal(two, token)).isEqualTo(ProblemType.UNAVAILABLE);
        fleet.onTheWay = response -> response;
        assertThat(refusal(two, token)).isEqualTo(ProblemType.PASSWORD_REQUIRED);
    }

    /** Else the client would wait for ever. */
    @Test
    void admit_responseCannotBeRead_failsAllTheSame() throws Exception {
        String token = create(one);
        fleet.onTheWay = response -> {
            fleet.readKeys = () -> {
                throw new StackOverflowError();
            };
            return response;
        };
        try (RecordedLog log = RecordedLog.of(Loggers.HOST)) {
            CompletableFuture<Admission> result = two.gate().admit(request(token));
            Throwable failure = catchThrowableOfType(ExecutionException.class, () -> result.get(120, TimeUnit.SECONDS))
                    .getCause();
            assertThat(failure).isInstanceOf(UploadRefusedException.class).hasMessage("STORAGE_FAILED");
            assertThat(log.records())
                    .anySatisfy(entry -> assertThat(entry.getThrown()).isInstanceOf(StackOverflowError.class));
        } finally {
            fleet.readKeys = fleet.keys::get;
        }
    }

    /** A request is for one host and one minute, and shows no password. */
    @Test
    void respond_requestForAnotherHost_orLate() throws Exception {
        String token = create(one, ShareLink.of(upload).password("right"));
        var unused = admit(two, request(token, "right", "a"));
        String authorization = fleet.sent.get(0).fields().get("Authorization").substring("Bearer ".length());
        assertThat(authorization).matches("[0-9A-Za-z_-]+");
        assertThat(one.respond(authorization).get()).isNotEmpty();
        assertThatExceptionOfType(TokenRefusedException.class).isThrownBy(() -> two.respond(authorization));
        assertThatExceptionOfType(TokenRefusedException.class)
                .isThrownBy(() -> one.respond(authorization.substring(1)));
        fleet.clock.now = fleet.clock.now.plusSeconds(120);
        assertThatExceptionOfType(TokenRefusedException.class).isThrownBy(() -> one.respond(authorization));
    }

    @Test
    void downloads_countedOnce_withTheirRanges() throws Exception {
        String token = create(two, ShareLink.of(upload).downloads(1));
        Optional<String> lease = admit(two, request(token, "", "a")).lease();
        assertThat(lease).isPresent();
        assertThat(admit(one, with(request(token, "", "elsewhere"), Optional.empty(), lease))
                        .lease())
                .as("the last byte, from another network, by its lease")
                .isEmpty();
        assertThat(admit(two, request(token, "", "a")).lease())
                .as("the last byte, from the same source")
                .isEmpty();
        assertThat(problem(two, request(token, "", "b")).type()).isEqualTo(ProblemType.UPLOAD_GONE);
        LinkRequest look = request(token, "", "b");
        LinkRequest head = new LinkRequest(
                token, look.password(), look.pass(), look.lease(), look.source(), look.subject(), false);
        assertThat(admit(two, head).lease()).isEmpty();
        fleet.clock.now = fleet.clock.now.plusSeconds(3600);
        assertThat(problem(two, with(request(token, "", "a"), Optional.empty(), lease))
                        .type())
                .isEqualTo(ProblemType.UPLOAD_GONE);
    }

    /** All clients behind a front server may have its address. */
    @Test
    void downloads_addressThatSeveralMayHave_leaseOnly() throws Exception {
        for (String shared : List.of("127.0.0.1", "10.0.0.9", "[::1]", "fd00::9%eth0", "::ffff:192.168.1.1")) {
            String token = create(one, ShareLink.of(upload).downloads(1));
            Optional<String> lease = admit(two, request(token, "", shared)).lease();
            assertThat(problem(two, request(token, "", shared)).type()).isEqualTo(ProblemType.UPLOAD_GONE);
            assertThat(admit(two, with(request(token, "", shared), Optional.empty(), lease))
                            .lease())
                    .isEmpty();
        }
    }

    @Test
    void downloads_keptByARestart() throws Exception {
        String token = create(one, ShareLink.of(upload).downloads(2));
        Optional<String> lease = admit(one, request(token, "", "a")).lease();
        Member again = fleet.start(1, 1, 2);
        assertThat(admit(again, with(request(token, "", "b"), Optional.empty(), lease))
                        .lease())
                .isEmpty();
        assertThat(admit(two, request(token, "", "b")).lease()).isPresent();
        assertThat(problem(two, request(token, "", "c")).type()).isEqualTo(ProblemType.UPLOAD_GONE);
    }

    @Test
    void giveBack_slotIsFreeAgain_once() throws Exception {
        String token = create(one, ShareLink.of(upload).downloads(1));
        for (Member member : List.of(one, two)) {
            Admission counted = admit(member, request(token, "", "a"));
            assertThat(problem(member, request(token, "", "b")).type()).isEqualTo(ProblemType.UPLOAD_GONE);
            member.gate().giveBack(counted);
            member.gate().giveBack(counted);
            Admission another = await(() -> admit(member, with(request(token, "", "c"), none(), counted.lease())));
            assertThat(another.lease())
                    .as("the lease has ended, so this is another download")
                    .isPresent();
            assertThat(problem(member, request(token, "", "d")).type()).isEqualTo(ProblemType.UPLOAD_GONE);
            member.gate().giveBack(another);
            member.gate().giveBack(await(() -> admit(member, request(token, "", "e"))));
            var unused = await(() -> admit(member, request(token, "", "f")));
            assertThat(problem(member, request(token, "", "g")).type()).isEqualTo(ProblemType.UPLOAD_GONE);
            Files.delete(record(token).resolveSibling(record(token).getFileName() + "-uses"));
        }
    }

    /** Or a client would get the whole file by a second request, and break off the first. */
    @Test
    void giveBack_anotherRequestContinuedIt_staysCounted() throws Exception {
        Member again = fleet.start(1, 1, 2); // another store on the same directory
        for (Member member : List.of(one, two, again)) {
            String token = create(one, ShareLink.of(upload).downloads(2));
            Admission first = admit(one, request(token, "", "a"));
            var unused = admit(one, with(request(token, "", "elsewhere"), none(), first.lease()));
            Admission second = admit(one, request(token, "", "b"));
            var unused2 = admit(one, request(token, "", "b"));
            member.gate().giveBack(first);
            member.gate().giveBack(second);
            for (int i = 0; i < 20; i++) {
                assertThat(problem(one, request(token, "", "c")).type()).isEqualTo(ProblemType.UPLOAD_GONE);
                Thread.sleep(10); // giving back does not wait
            }
            assertThat(admit(two, with(request(token, "", "d"), none(), first.lease()))
                            .lease())
                    .as("it can still be continued")
                    .isEmpty();
        }
    }

    private static Optional<String> none() {
        return Optional.empty();
    }

    private static Admission await(Callable<Admission> attempt) throws Exception {
        for (int i = 0; ; i++) {
            try {
                return attempt.call();
            } catch (ExecutionException e) {
                if (i == 1000) {
                    throw e;
                }
                Thread.sleep(5);
            }
        }
    }

    @Test
    void downloads_manyAtOnce_neverMoreThanTheLimit() throws Exception {
        String token = create(one, ShareLink.of(upload).downloads(7));
        Member otherProcess = fleet.start(1, 1, 2); // another store on the same directory
        List<CompletableFuture<Admission>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Member member = List.of(one, two, otherProcess).get(i % 3);
            all.add(member.gate().admit(request(token, "", "source" + i)));
        }
        int counted = 0;
        for (var each : all) {
            try {
                counted += each.get().lease().isPresent() ? 1 : 0;
            } catch (ExecutionException e) {
                assertThat(((UploadRefusedException) e.getCause()).problem().type())
                        .isEqualTo(ProblemType.UPLOAD_GONE);
            }
        }
        assertThat(counted).isEqualTo(7);
    }

    /** A process that holds the lock and hangs must not stop what has nothing to do with links. */
    @Test
    void admit_linksAreLocked_otherWorkGoesOn() throws Exception {
        String token = create(one, ShareLink.of(upload).downloads(1));
        Path lock = record(token).resolveSibling("lock");
        List<CompletableFuture<Admission>> waiting = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            assertThat(channel.lock().isValid()).isTrue();
            for (int i = 0; i < 100; i++) {
                waiting.add((i % 2 == 0 ? one : two).gate().admit(request(token, "", "a")));
            }
            CountDownLatch other = new CountDownLatch(1);
            HostAccess.engine(one.host()).executor().execute(other::countDown);
            assertThat(other.await(4, TimeUnit.SECONDS)).isTrue();
        }
        for (var each : waiting) {
            assertThat(each.get().terms().upload().id()).isEqualTo(upload.id());
        }
    }

    @Test
    void downloads_usesBroken_refused() throws Exception {
        String token = create(one, ShareLink.of(upload).downloads(1));
        Path uses = record(token).resolveSibling(record(token).getFileName() + "-uses");
        Files.write(uses, new byte[7]);
        assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> admit(one, request(token)));
        Files.delete(uses);
        assertThat(admit(one, request(token)).lease()).isPresent();
    }
}
