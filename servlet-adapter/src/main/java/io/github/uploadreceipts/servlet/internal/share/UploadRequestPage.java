package io.github.uploadreceipts.servlet.internal.share;

import static io.github.uploadreceipts.servlet.internal.response.PageTemplate.escape;

import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.internal.share.UploadRequestTerms;
import io.github.uploadreceipts.internal.share.UploadRequestTerms.SenderName;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.internal.response.FormFieldNames;
import io.github.uploadreceipts.servlet.internal.response.PageTemplate;
import io.github.uploadreceipts.store.UploadId;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The pages of an upload-request link: the form, and what comes of it. */
final class UploadRequestPage {

    private static final Map<String, String> KINDS =
            Map.of("image/*", "pictures", "video/*", "videos", "audio/*", "sound", "text/*", "text", "font/*", "fonts");

    private static final String SCRIPT =
            PageTemplate.read(UploadRequestPage.class, "upload-request.js").text();

    private static final String TICK = "<svg class=\"tick\" viewBox=\"0 0 48 48\" aria-hidden=\"true\">"
            + "<circle cx=\"24\" cy=\"24\" r=\"24\"/><path d=\"M14 25l7 7 13-15\"/></svg>\n";

    private UploadRequestPage() {}

    /** Returns how many bytes a file may have. */
    static long maxFileSize(UploadRequestTerms terms, UploadLimits limits) {
        return Math.min(terms.fileSize().orElse(Long.MAX_VALUE), limits.maxFileSize());
    }

    /**
     * Returns the page with the form.
     *
     * @param uploads the URL to which a script sends files, relative to that of the page
     */
    static SharePage form(UploadRequestTerms terms, UploadLimits limits, Instant now, String uploads) {
        String nonce = UploadId.random().toString();
        String body = head(terms, now)
                + terms.words().map(SharePage::note).orElse("")
                + "<form class=\"send\" method=\"post\" enctype=\"multipart/form-data\">\n"
                + name(terms)
                + files(terms, limits, uploads)
                + "<p class=\"wrong\" role=\"alert\"></p>\n<button class=\"button\">Send</button>\n</form>\n"
                + script(nonce, uploads);
        return new SharePage(SharePage.plain(terms.title()), body, nonce);
    }

    /** Under the element's other name, hosts of another version, as while a fleet is upgraded, have nothing. */
    private static String script(String nonce, String uploads) {
        return "<script type=\"module\" nonce=\"" + nonce + "\" src=\"" + uploads + "/upload-receipts.js\"></script>\n"
                + "<script type=\"module\" nonce=\"" + nonce + "\">\n" + SCRIPT + "</script>\n";
    }

    private static String head(UploadRequestTerms terms, Instant now) {
        String asks = terms.askedBy()
                .map(who -> "<p class=\"words\">" + SharePage.isolated(who) + " asks you for files</p>\n")
                .orElse("");
        return "<div>" + asks + "<h1>" + SharePage.isolated(terms.title()) + "</h1>\n<p class=\"facts\">"
                + SharePage.expiry("closes", terms.expiresAt(), now) + "</p></div>\n";
    }

    private static String name(UploadRequestTerms terms) {
        if (terms.name() == SenderName.NOT_ASKED) {
            return "";
        }
        boolean required = terms.name() == SenderName.REQUIRED;
        return "<label for=\"sender\">Your name" + (required ? "" : " <span>optional</span>") + "</label>\n"
                + "<input id=\"sender\" name=\"" + Submission.SENDER + "\" maxlength=\"100\" autocomplete=\"name\""
                + (required ? " required" : "") + ">\n";
    }

    private static String files(UploadRequestTerms terms, UploadLimits limits, String uploads) {
        int most = Math.min(terms.files(), limits.maxFiles());
        String accept = terms.types().isEmpty() ? "" : " accept=\"" + escape(String.join(",", terms.types())) + "\"";
        return "<upload-receipts name=\"" + FormFieldNames.RECEIPT + "\" endpoint=\"" + uploads
                + "\" start=\"submit\" required max-files=\"" + most + "\">\n<label>" + (most == 1 ? "File" : "Files")
                + "<input type=\"file\" name=\"file\" required aria-describedby=\"limits\""
                + (most == 1 ? "" : " multiple")
                + accept + "></label>\n</upload-receipts>\n"
                + "<p class=\"words\" id=\"limits\">" + escape(limits(terms, limits, most)) + "</p>\n";
    }

    private static String limits(UploadRequestTerms terms, UploadLimits limits, int most) {
        String size = SharePage.size(maxFileSize(terms, limits));
        String count = most == 1 ? "One file of up to " + size : "Up to " + most + " files of " + size + " each";
        return count + (terms.types().isEmpty() ? "." : ", only " + kinds(terms) + ".");
    }

    /** Returns the accepted types as people call them. */
    private static String kinds(UploadRequestTerms terms) {
        List<String> kinds =
                terms.types().stream().map(UploadRequestPage::kind).distinct().toList();
        int last = kinds.size() - 1;
        return last == 0 ? kinds.get(0) : String.join(", ", kinds.subList(0, last)) + " and " + kinds.get(last);
    }

    private static String kind(String type) {
        String subtype = MediaType.ofBody(type).essence();
        subtype = subtype.substring(subtype.indexOf('/') + 1);
        return KINDS.getOrDefault(type, subtype.matches("[a-z0-9]{1,5}") ? subtype.toUpperCase(Locale.ROOT) : type);
    }

    /** Returns the page after files have come. */
    static SharePage thanks(UploadRequestTerms terms, List<UploadReceipt> files) {
        String count = files.size() == 1 ? "1 file has arrived" : files.size() + " files have arrived";
        String who =
                terms.askedBy().map(name -> " for " + SharePage.isolated(name)).orElse("");
        String list = files.stream()
                .map(file -> "<li><bdi>" + escape(file.name()) + "</bdi> <span>" + SharePage.size(file.size())
                        + "</span></li>\n")
                .collect(Collectors.joining());
        return new SharePage(
                "Thank you",
                "<div class=\"done\">" + TICK + "<div><h1>Thank you</h1>\n<p class=\"words\">" + count + who
                        + ".</p></div></div>\n<ol class=\"files\">\n" + list + "</ol>\n"
                        + "<p class=\"actions\"><a class=\"button quiet\" href=\"\">Send more files</a></p>\n");
    }

    /** Returns the page of a refusal. */
    static SharePage ofProblem(UploadRequestTerms terms, Problem problem, ShareRequest asked) {
        return switch (problem.type()) {
            case PASSWORD_REQUIRED -> SharePage.passwordForm("This page needs a password", asked.isPost());
            case TOO_MANY_PASSWORDS, METHOD_NOT_ALLOWED -> SharePage.ofProblem(problem, asked.isPost());
            case UNAVAILABLE, TOO_MANY_UPLOADS, NO_SPACE ->
                nothingSent(
                        "There is no room for your files right now. Go back in a few minutes, and send them again.");
            case TOO_MANY_FILES ->
                nothingSent(
                        terms.files() == 1
                                ? "Send one file at a time."
                                : "Send at most " + terms.files() + " files at a time.");
            case FILE_TOO_LARGE, REQUEST_TOO_LARGE ->
                nothingSent(terms.fileSize()
                        .map(bytes ->
                                "A file may have up to " + SharePage.size(bytes) + ", and one of yours is larger.")
                        .orElse("The files are too large."));
            case TYPE_NOT_ACCEPTED -> nothingSent("Only " + kinds(terms) + " are asked for here.");
            default -> nothingSent(problem.detail().orElse(problem.type().title() + "."));
        };
    }

    private static SharePage nothingSent(String why) {
        return SharePage.sign("Nothing was sent", why, true);
    }
}
