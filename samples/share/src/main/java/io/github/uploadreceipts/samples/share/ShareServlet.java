package io.github.uploadreceipts.samples.share;

import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The page from which files are sent, and the responses with the links. */
final class ShareServlet extends HttpServlet {

    private static final long serialVersionUID = 1;

    private final transient LinkMaker links;
    private final String base;

    /** @param base the URL of this host */
    ShareServlet(LinkMaker links, String base) {
        this.links = links;
        this.base = base;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (request.getRequestURI()) {
            case "/" -> Pages.html(response, HttpServletResponse.SC_OK, Pages.form(base));
            case "/share.css" -> Pages.style(response);
            default -> Pages.html(response, HttpServletResponse.SC_NOT_FOUND, Pages.notFound());
        }
    }

    /** Responds to {@code curl -T} with the link and a newline. */
    @Override
    protected void doPut(HttpServletRequest request, HttpServletResponse response)
            throws IOException, ServletException {
        try {
            List<LinkMaker.Made> made = make(request, Wishes.ofHeader(request));
            if (made.isEmpty()) { // ReceiptsFilter has looked for receipts in a body of such a type
                Pages.text(
                        response, HttpServletResponse.SC_UNSUPPORTED_MEDIA_TYPE, "Send forms and JSON without a type.");
                return;
            }
            LinkMaker.Made link = made.get(0);
            response.setHeader("Location", link.url());
            response.setHeader("Link-Delete", link.secret());
            Pages.text(response, HttpServletResponse.SC_CREATED, link.url());
        } catch (RefusedException e) {
            throw new ServletException(e); // ReceiptsFilter responds with the problem
        }
    }

    /** Responds to the page's form. */
    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response)
            throws IOException, ServletException {
        try {
            List<LinkMaker.Made> made = make(request, Wishes.ofForm(request));
            if (made.isEmpty()) {
                response.sendRedirect("/");
            } else {
                Pages.html(response, HttpServletResponse.SC_CREATED, Pages.made(made));
            }
        } catch (RefusedException e) {
            throw new ServletException(e);
        }
    }

    private List<LinkMaker.Made> make(HttpServletRequest request, Wishes wishes) throws IOException, RefusedException {
        List<LinkMaker.Made> made = new ArrayList<>();
        for (UploadReceipt receipt : ReceiptsFilter.receipts(request)) {
            made.add(links.make(receipt, wishes));
        }
        return made;
    }
}
