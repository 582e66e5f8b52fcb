package io.github.uploadreceipts.servlet.internal.response;

import static io.github.uploadreceipts.servlet.internal.response.PageTemplate.escape;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.problem.Problem;
import jakarta.servlet.http.HttpServletResponse;
import java.io.UncheckedIOException;
import java.net.URI;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The response to a browser that submitted a plain form. In a frame whose parent page runs a script, a small script
 * hands the receipts to the parent. Without any script the page is the next form, which carries the receipts on.
 */
public final class UploadPage {

    /**
     * Where the page's forms go.
     *
     * @param field the name of the file field
     * @param finalAction where the final request goes; if empty, the page has no form for it
     * @param carriedFields the fields of the form that the page's forms send again
     * @param targetOrigin the origin of the parent page; the page's own if empty
     */
    public record Targets(
            String field, Optional<String> finalAction, Set<String> carriedFields, Optional<String> targetOrigin) {}

    /** A field that both forms of the page send again. */
    record Field(String name, String value) {}

    /**
     * A receipt on the page.
     *
     * @param token what the form sends
     * @param label what the user sees
     */
    record Entry(String token, String label) {}

    /**
     * What the page's own form may still send.
     *
     * @param files whether it may send more files
     * @param ticket the ticket for them, if one is needed
     * @param slot the slot of the ticket for the first of them
     */
    record More(boolean files, Optional<String> ticket, int slot) {

        /** Any number of files, without a ticket. */
        static final More ANY = new More(true, Optional.empty(), 0);

        String inputs() {
            return ticket.map(token -> hidden(FormFieldNames.TICKET, token)
                            + "\n"
                            + hidden(FormFieldNames.SLOT, Integer.toString(slot))
                            + "\n")
                    .orElse("");
        }
    }

    /** What stores call the file of a form. */
    private static final String DIRECT_FIELD = "file";

    private static final PageTemplate TEMPLATE = PageTemplate.read(UploadPage.class, "upload-page.html");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SecureRandom RANDOM = new SecureRandom();

    private final List<String> body; // in pieces, because a page may carry a megabyte of receipts
    private final String script;
    private final Optional<String> targetOrigin;

    private UploadPage(List<String> body, String script, Optional<String> targetOrigin) {
        this.body = body;
        this.script = script;
        this.targetOrigin = targetOrigin;
    }

    /**
     * Returns the page for receipts.
     *
     * @param fields what both forms send again, beside the receipts
     * @param entries all receipts that the user has so far, in order
     * @param added how many of them this request has added
     * @param more what the page's own form may still send
     * @param direct where the next upload straight to the store is begun, if the page's form does that
     * @param json what the script hands to the parent: the receipts of this request only
     */
    static UploadPage ofReceipts(
            List<Field> fields,
            List<Entry> entries,
            int added,
            More more,
            Optional<String> direct,
            String json,
            Targets targets) {
        String inputs = inputs(fields, entries);
        // without an action the form goes to the URL of this page, which only the browser knows for sure
        List<String> received = List.of(
                "<form method=\"post\" enctype=\"multipart/form-data\">\n" + more.inputs(),
                inputs,
                "\n<label>" + (entries.isEmpty() ? "Choose files" : "Add more files")
                        + " <input type=\"file\" name=\"" + escape(targets.field())
                        + "\" multiple required></label>\n<button>Upload</button>\n</form>\n");
        String heading = added > 0 ? "Stored" : "No file was chosen";
        List<String> next = direct.map(action -> List.of(
                        "<form method=\"post\" action=\"" + escape(action) + "\">\n" + more.inputs(),
                        inputs,
                        "\n<button>Add another file</button>\n</form>\n"))
                .orElse(received);
        String before = added > 0 || entries.isEmpty() ? "" : "<p>Stored before:</p>\n";
        List<String> body = new ArrayList<>(List.of("<h1>" + heading + "</h1>\n" + before + list(entries)));
        body.addAll(more.files() ? next : List.of());
        body.addAll(done(fields, entries, targets));
        return new UploadPage(body, script(json, targets), targets.targetOrigin());
    }

    private static String receipts(List<Entry> entries) {
        return entries.stream()
                .map(entry -> hidden(FormFieldNames.RECEIPT, entry.token()))
                .collect(Collectors.joining("\n"));
    }

    private static String inputs(List<Field> fields, List<Entry> entries) {
        return Stream.concat(
                        fields.stream().map(field -> hidden(field.name(), field.value())), Stream.of(receipts(entries)))
                .collect(Collectors.joining("\n"));
    }

    private static String list(List<Entry> entries) {
        String items = entries.stream()
                .map(entry -> "<li>" + escape(entry.label()) + "</li>")
                .collect(Collectors.joining("\n"));
        return entries.isEmpty() ? "" : "<ol>\n" + items + "\n</ol>\n";
    }

    private static List<String> done(List<Field> fields, List<Entry> entries, Targets targets) {
        return targets.finalAction()
                .filter(action -> !entries.isEmpty())
                .map(action -> List.of(
                        "<form method=\"post\" action=\"" + escape(action) + "\" target=\"_top\">\n",
                        isElsewhere(action) ? receipts(entries) : inputs(fields, entries),
                        "\n<button class=\"done\">Done</button>\n</form>"))
                .orElse(List.of());
    }

    /**
     * Returns the page whose form sends a file straight to the store. That cannot carry anything on.
     *
     * @param url where the form goes
     * @param storeFields its fields, before the file
     */
    static UploadPage ofStoreForm(
            URI url, Map<String, String> storeFields, List<Field> fields, List<Entry> entries, Targets targets) {
        String hidden = storeFields.entrySet().stream()
                .map(field -> hidden(field.getKey(), field.getValue()))
                .collect(Collectors.joining("\n"));
        List<String> body = new ArrayList<>(List.of(
                "<h1>Choose a file</h1>\n" + list(entries),
                "<form method=\"post\" enctype=\"multipart/form-data\" action=\"" + escape(url.toString()) + "\">\n"
                        + hidden,
                "\n<label>File <input type=\"file\" name=\"" + DIRECT_FIELD + "\" required></label>\n"
                        + "<button>Upload</button>\n</form>\n"));
        body.addAll(done(fields, entries, targets));
        return new UploadPage(body, "", targets.targetOrigin());
    }

    /** Returns the page while a host reads what has come to the store. The browser asks again by itself. */
    static UploadPage ofWaiting(Targets targets) {
        return new UploadPage(
                List.of("<h1>Your file is being checked</h1>\n<p>This page goes on by itself.</p>"),
                "",
                targets.targetOrigin());
    }

    /** Returns whether a form may go to another origin, which must not learn this one's token, such as {@code _csrf}. */
    private static boolean isElsewhere(String action) {
        return action.startsWith("//") || action.contains(":");
    }

    private static String hidden(String name, String value) {
        return "<input type=\"hidden\" name=\"" + escape(name) + "\" value=\"" + escape(value) + "\">";
    }

    /** Returns the page for a problem. Its script hands the problem to the parent page. */
    static UploadPage ofProblem(Problem problem, Targets targets) {
        String body = "<h1>" + escape(problem.type().title()) + "</h1>\n<p>"
                + escape(problem.detail().orElse("")) + "</p>\n<p>Go back and try again.</p>";
        return new UploadPage(List.of(body), script(problem.toJson(), targets), targets.targetOrigin());
    }

    private static String script(String json, Targets targets) {
        String origin = targets.targetOrigin().map(UploadPage::quote).orElse("location.origin");
        return "if (parent !== window) parent.postMessage(" + scriptSafe(json) + ", " + origin + ");";
    }

    private static String quote(String text) {
        try {
            return scriptSafe(JSON.writeValueAsString(text));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Escapes JSON for a script element: nothing in it may end the element, begin a comment, or end a line of the
     * script.
     */
    private static String scriptSafe(String json) {
        return json.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029");
    }

    /** Sets the status and the header fields of the response, and returns its body. */
    byte[] prepare(HttpServletResponse response, int status) {
        byte[] random = new byte[16];
        RANDOM.nextBytes(random);
        String nonce = HexFormat.of().formatHex(random);
        response.setHeader(
                "Content-Security-Policy",
                "default-src 'none'; script-src 'nonce-" + nonce + "'; style-src 'nonce-" + nonce
                        + "'; base-uri 'none'; frame-ancestors 'self'"
                        + targetOrigin.map(origin -> " " + origin).orElse(""));
        response.setHeader("Referrer-Policy", "same-origin");
        byte[] html = TEMPLATE.fill(Map.of("nonce", List.of(nonce), "script", List.of(script), "body", body));
        return Responses.prepare(response, status, "text/html;charset=utf-8", html);
    }
}
