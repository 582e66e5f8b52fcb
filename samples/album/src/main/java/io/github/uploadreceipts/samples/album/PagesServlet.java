package io.github.uploadreceipts.samples.album;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** The pages on which albums are made. */
final class PagesServlet extends HttpServlet {

    private static final long serialVersionUID = 1;
    private static final String JAVASCRIPT = "text/javascript;charset=utf-8";
    private static final String CSS = "text/css;charset=utf-8";
    private static final Map<String, String> FILES =
            Map.of("album.js", JAVASCRIPT, "direct.js", JAVASCRIPT, "uppy.js", JAVASCRIPT, "album.css", CSS);
    private static final Map<String, String> UPPY = Map.of("uppy/uppy.min.mjs", JAVASCRIPT, "uppy/uppy.min.css", CSS);
    private static final String FORM_ACTION = "action=\"/uploads\"";
    private static final String DIRECT_ACTION = "action=\"/uploads/direct\"";
    private static final String ENDPOINT = "endpoint=\"/uploads\"";

    private final transient Fleet fleet;
    private final AtomicInteger turn = new AtomicInteger();

    PagesServlet(Fleet fleet) {
        this.fleet = fleet;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String name = request.getRequestURI().substring(1);
        response.setHeader("Cache-Control", "no-cache");
        if (name.isEmpty()) {
            writePage(response, fleet.options().direct() ? "direct.html" : "index.html");
        } else if (name.equals("uppy.html") && fleet.options().uppy().isPresent()) {
            writePage(response, name);
        } else if (UPPY.containsKey(name) && fleet.options().uppy().isPresent()) {
            Path file = fleet.options().uppy().get().resolve(name.substring("uppy/".length()));
            Answers.write(response, HttpServletResponse.SC_OK, UPPY.getOrDefault(name, ""), Files.readString(file));
        } else if (FILES.containsKey(name)) {
            Answers.write(response, HttpServletResponse.SC_OK, FILES.getOrDefault(name, ""), AlbumPages.text(name));
        } else if (name.equals("favicon.ico")) {
            response.setStatus(HttpServletResponse.SC_NO_CONTENT); // browsers request it by themselves
        } else {
            Answers.problem(response, HttpServletResponse.SC_NOT_FOUND, "There is nothing here");
        }
    }

    /**
     * Without JavaScript the page cannot change the host by itself. So each page has the next host in its form. With
     * JavaScript it has all of them.
     */
    private void writePage(HttpServletResponse response, String name) throws IOException {
        String all = fleet.plans().stream().map(HostPlan::url).collect(Collectors.joining(" "));
        String store = fleet.options().directTo().map(url -> " " + url).orElse("");
        response.setHeader(
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self' "
                        + all + store + "; form-action 'self' " + all + "; base-uri 'none'; frame-ancestors 'none'");
        response.setHeader("Referrer-Policy", "same-origin");
        String page = AlbumPages.text(name)
                .replace(DIRECT_ACTION, "action=\"" + next().url() + "/uploads/direct\"")
                .replace(FORM_ACTION, "action=\"" + next().url() + "/uploads\"")
                .replace(ENDPOINT, "endpoint=\"" + all.replace(" ", "/uploads ") + "/uploads\"");
        Answers.write(response, HttpServletResponse.SC_OK, Answers.HTML, page);
    }

    private HostPlan next() {
        List<HostPlan> running = fleet.plans().stream()
                .filter(plan -> fleet.isRunning(plan.number()))
                .toList();
        List<HostPlan> candidates = running.isEmpty() ? fleet.plans() : running;
        return candidates.get(Math.floorMod(turn.getAndIncrement(), candidates.size()));
    }
}
