package io.github.uploadreceipts.samples.album;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the person typed, in addition to the receipts.
 *
 * @param captions the captions by index; missing ones are empty
 * @param order the claim, if there is one
 */
record Submission(List<String> captions, Optional<String> order) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_CAPTION = 1_000;

    /** Copies the list. */
    Submission {
        captions = List.copyOf(captions);
    }

    /** Reads captions and order of a request whose {@code count} receipts were verified. */
    static Submission read(HttpServletRequest request, int count) throws IOException, UploadRefusedException {
        Submission submission = isJson(request) ? ofJson(request) : ofForm(request);
        require(count > 0, "There is no receipt.");
        require(submission.captions.size() <= count, "There are more captions than files.");
        require(
                submission.captions.stream().allMatch(caption -> caption.length() <= MAX_CAPTION),
                "A caption has at most " + MAX_CAPTION + " characters.");
        require(
                submission.order.filter(id -> !id.matches("[!-~]{1,128}")).isEmpty(),
                "An order is 1 to 128 visible ASCII characters.");
        return submission;
    }

    private static boolean isJson(HttpServletRequest request) {
        String type = request.getContentType();
        return type != null && type.split(";", 2)[0].strip().equalsIgnoreCase("application/json");
    }

    private static Submission ofForm(HttpServletRequest request) {
        String[] captions = request.getParameterValues("caption");
        return new Submission(
                captions == null ? List.of() : List.of(captions),
                Optional.ofNullable(request.getParameter("order")).filter(order -> !order.isEmpty()));
    }

    private static Submission ofJson(HttpServletRequest request) throws IOException, UploadRefusedException {
        JsonNode json;
        try {
            json = JSON.readTree(request.getInputStream().readAllBytes());
        } catch (JsonProcessingException e) {
            throw malformed("The body is no JSON.");
        }
        List<String> captions = new ArrayList<>();
        for (JsonNode item : json.path("items")) {
            captions.add(text(item, "caption").orElse(""));
        }
        return new Submission(captions, text(json, "order"));
    }

    private static Optional<String> text(JsonNode json, String member) throws UploadRefusedException {
        JsonNode value = json.path(member);
        require(value.isMissingNode() || value.isNull() || value.isTextual(), "\"" + member + "\" is text.");
        return value.isTextual() ? Optional.of(value.textValue()) : Optional.empty();
    }

    private static void require(boolean condition, String otherwise) throws UploadRefusedException {
        if (!condition) {
            throw malformed(otherwise);
        }
    }

    private static UploadRefusedException malformed(String detail) {
        return new UploadRefusedException(Problem.of(ProblemType.MALFORMED_REQUEST, detail));
    }

    String caption(int index) {
        return index < captions.size() ? captions.get(index) : "";
    }
}
