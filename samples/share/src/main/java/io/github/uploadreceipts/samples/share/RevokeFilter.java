package io.github.uploadreceipts.samples.share;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Revokes a link: {@code DELETE} of its URL with the owner's secret in {@code Link-Delete}. */
final class RevokeFilter implements Filter {

    private final LinkMaker links;

    RevokeFilter(LinkMaker links) {
        this.links = links;
    }

    @Override
    public void doFilter(ServletRequest servletRequest, ServletResponse servletResponse, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest request = (HttpServletRequest) servletRequest;
        HttpServletResponse response = (HttpServletResponse) servletResponse;
        boolean isOfUpload = request.getRequestURI().startsWith(ShareHost.LINKS + "-/"); // which its sender takes back
        if (!request.getMethod().equals("DELETE") || isOfUpload) {
            chain.doFilter(request, response);
            return;
        }
        String secret = request.getHeader("Link-Delete");
        if (secret != null && links.revoke(request.getRequestURI(), secret)) {
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        } else {
            Pages.text(
                    response,
                    HttpServletResponse.SC_NOT_FOUND,
                    "There is no such link, or this is not its owner's secret: curl -X DELETE -H 'Link-Delete: SECRET' LINK");
        }
    }
}
