package io.github.uploadreceipts.servlet.internal.share;

import static io.github.uploadreceipts.servlet.internal.response.PageTemplate.escape;

import io.github.uploadreceipts.internal.share.LinkTerms;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.internal.response.PageTemplate;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a person sees of a share link in a browser: the file and a button that saves it, the form for the password, or why
 * there is no file. It loads nothing from elsewhere.
 *
 * @param title the title of the window
 * @param body the HTML of the card
 * @param nonce what its scripts bear; empty if it has none
 */
record SharePage(String title, String body, String nonce) {

    private static final PageTemplate TEMPLATE = PageTemplate.read(SharePage.class, "share-page.html");

    private static final String POLICY = "default-src 'none'; style-src 'sha256-" + styleHash()
            + "'; img-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH);
    /** Characters that make the text after them run the other way; names have none of them. */
    private static final String TURNING = "[\\u202A-\\u202E\\u2066-\\u2069]";

    private static final List<String> UNITS = List.of("kB", "MB", "GB", "TB", "PB", "EB");

    /** Creates a page without a script. */
    SharePage(String title, String body) {
        this(title, body, "");
    }

    /** Returns the page's content security policy. */
    String policy() {
        return nonce.isEmpty()
                ? POLICY
                : POLICY + "; script-src 'nonce-" + nonce + "'; connect-src 'self'; require-trusted-types-for 'script'";
    }

    private static String styleHash() {
        byte[] style = TEMPLATE.between("<style>", "</style>").getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(ContentDigest.newHash().digest(style));
    }

    /** Returns the page of a link that may be used. */
    static SharePage ofLink(LinkTerms terms, Instant now) {
        UploadReceipt upload = terms.upload();
        FileKind kind = FileKind.of(upload.type());
        // a preview would use up a download that is counted
        boolean shown = terms.inline() && terms.downloads() == 0 && kind.isShown();
        String body = (shown ? preview(kind) : "")
                + "<div class=\"file\">" + sheet(upload.name())
                + "<div class=\"what\"><h1><bdi>" + escape(upload.name()) + "</bdi></h1>\n<p class=\"facts\">"
                + "<span>" + size(upload.size()) + "</span> "
                + expiry("expires", upload.expiresAt(), now)
                + "</p></div></div>\n"
                + terms.note().map(SharePage::note).orElse("")
                + "<p class=\"actions\"><a class=\"button\" href=\"?" + ShareRequest.DOWNLOAD + "\">Download</a>"
                + (shown && kind == FileKind.TEXT ? openLink() : "") + "</p>\n";
        return new SharePage(upload.name(), body);
    }

    private static String openLink() {
        return "<a class=\"button quiet\" href=\"?" + ShareRequest.VIEW + "\">View</a>";
    }

    private static String preview(FileKind kind) {
        String source = "src=\"?" + ShareRequest.VIEW + "\"";
        return switch (kind) {
            case IMAGE ->
                "<a class=\"preview\" href=\"?" + ShareRequest.VIEW + "\"><img " + source
                        + " alt=\"Preview; opens the whole picture\"></a>\n";
            case AUDIO ->
                "<div class=\"preview sound\"><audio controls preload=\"metadata\" " + source + "></audio></div>\n";
            case VIDEO ->
                "<div class=\"preview\"><video controls playsinline preload=\"metadata\" " + source
                        + "></video></div>\n";
            case TEXT, OTHER -> "";
        };
    }

    /** Returns a sheet of paper with the ending of the file's name, if that is short and plain. */
    private static String sheet(String name) {
        String ending = name.substring(name.lastIndexOf('.') + 1);
        String label = name.contains(".") && ending.matches("[0-9A-Za-z]{1,4}") ? ending.toUpperCase(Locale.ROOT) : "";
        return "<svg class=\"sheet\" viewBox=\"0 0 48 60\" aria-hidden=\"true\"><path class=\"paper\""
                + " d=\"M6 1.5h24L46.5 18v36a4.5 4.5 0 0 1-4.5 4.5H6A4.5 4.5 0 0 1 1.5 54V6A4.5 4.5 0 0 1 6 1.5z\"/>"
                + "<path class=\"fold\" d=\"M30 1.5V13.5a4.5 4.5 0 0 0 4.5 4.5h12\"/>"
                + "<text x=\"24\" y=\"45\" text-anchor=\"middle\">" + label + "</text></svg>";
    }

    static String note(String text) {
        return "<p class=\"note\">" + isolated(text) + "</p>\n";
    }

    /** Returns words of a user, as HTML that cannot turn the text around it. */
    static String isolated(String text) {
        return "<bdi>" + escape(plain(text)) + "</bdi>";
    }

    static String plain(String text) {
        return text.replaceAll(TURNING, "");
    }

    /** Returns a size in the units that people and browsers use: powers of ten, with two digits at least. */
    static String size(long bytes) {
        if (bytes < 1000) {
            return bytes + (bytes == 1 ? " byte" : " bytes");
        }
        double value = bytes / 1e3;
        int unit = 0;
        while (value >= 999.5 && unit < UNITS.size() - 1) {
            value /= 1e3;
            unit++;
        }
        String number = value < 9.95 ? String.format(Locale.ROOT, "%.1f", value) : Long.toString(Math.round(value));
        return number + " " + UNITS.get(unit);
    }

    static String expiry(String ends, Instant at, Instant now) {
        return "<time datetime=\"" + at + "\" title=\"" + TIME.format(at.atOffset(ZoneOffset.UTC)) + "\">" + ends + " "
                + until(Duration.between(now, at)) + "</time>";
    }

    /** Returns when that is, in words. */
    static String until(Duration time) {
        if (time.toMinutes() < 1) {
            return "in less than a minute";
        }
        if (time.toMinutes() < 90) {
            return in(Math.round(time.toSeconds() / 60.0), "minute");
        }
        return time.toHours() < 36
                ? in(Math.round(time.toMinutes() / 60.0), "hour")
                : in(Math.round(time.toHours() / 24.0), "day");
    }

    private static String in(long count, String unit) {
        return "in " + count + " " + unit + (count == 1 ? "" : "s");
    }

    /**
     * Returns the page of a refusal.
     *
     * @param tried whether a password was typed
     */
    static SharePage ofProblem(Problem problem, boolean tried) {
        return switch (problem.type()) {
            case PASSWORD_REQUIRED -> passwordForm("This file needs a password", tried);
            case NOT_FOUND ->
                sign(
                        "This link does not work",
                        "It may be incomplete: check that all of it was copied, or ask for it again.",
                        false);
            case UPLOAD_GONE ->
                sign(
                        "This link no longer works",
                        "It has expired, or the file was removed. Ask whoever sent it for a new link.",
                        false);
            case TOO_MANY_PASSWORDS ->
                sign("Too many wrong passwords", "Wait a few minutes before you try again.", true);
            case UNAVAILABLE ->
                sign("The file cannot be reached right now", "Nothing is lost. Try again in a moment.", true);
            default -> sign(problem.type().title(), problem.detail().orElse(""), false);
        };
    }

    static SharePage sign(String heading, String text, boolean again) {
        String button = again ? "<p class=\"actions\"><a class=\"button\" href=\"\">Try again</a></p>\n" : "";
        return new SharePage(
                heading,
                "<div><h1>" + escape(heading) + "</h1>\n<p class=\"words\">" + escape(text) + "</p></div>\n" + button);
    }

    static SharePage passwordForm(String heading, boolean tried) {
        String wrong = tried ? "<p class=\"wrong\" id=\"wrong\" role=\"alert\">That password is not right.</p>\n" : "";
        String described = tried ? " aria-invalid=\"true\" aria-describedby=\"wrong\"" : "";
        return new SharePage(
                tried ? "Wrong password" : "Password needed",
                "<div><h1>" + heading + "</h1>\n<p class=\"words\">Whoever sent you the link has it.</p></div>\n"
                        + "<form method=\"post\">\n<label for=\"password\">Password</label>\n"
                        + "<input id=\"password\" name=\"" + PasswordForm.FIELD
                        + "\" type=\"password\" required autofocus autocomplete=\"current-password\"" + described
                        + ">\n" + wrong + "<button class=\"button\">Open</button>\n</form>\n");
    }

    /** Returns the page. */
    byte[] html() {
        return TEMPLATE.fill(Map.of("title", List.of(escape(title)), "body", List.of(body)));
    }
}
