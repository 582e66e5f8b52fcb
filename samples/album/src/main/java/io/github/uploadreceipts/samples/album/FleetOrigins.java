package io.github.uploadreceipts.samples.album;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;

/** Lets only the pages of the fleet's hosts send requests to this host (CORS). Other pages cannot press its buttons. */
final class FleetOrigins implements Filter {

    private final Set<String> origins;

    FleetOrigins(Set<String> origins) {
        this.origins = Set.copyOf(origins);
    }

    @Override
    public void doFilter(ServletRequest servletRequest, ServletResponse servletResponse, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest request = (HttpServletRequest) servletRequest;
        HttpServletResponse response = (HttpServletResponse) servletResponse;
        String origin = request.getHeader("Origin");
        boolean ours = origin != null && origins.contains(origin);
        response.addHeader("Vary", "Origin");
        if (ours) {
            response.setHeader("Access-Control-Allow-Origin", origin);
        }
        if (request.getMethod().equals("OPTIONS")) {
            answerPreflight(response, ours);
        } else if (origin != null && !ours && isCommand(request)) {
            Answers.problem(response, HttpServletResponse.SC_FORBIDDEN, "Only the fleet's own pages may do that");
        } else {
            chain.doFilter(request, response);
        }
    }

    /** Uses the path that selected the servlet: the request line can spell the same path in many ways. */
    private static boolean isCommand(HttpServletRequest request) {
        return request.getMethod().equals("POST") && request.getServletPath().equals("/fleet");
    }

    private static void answerPreflight(HttpServletResponse response, boolean ours) {
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        if (ours) {
            response.setHeader("Access-Control-Allow-Methods", "GET, POST");
            response.setHeader("Access-Control-Allow-Headers", "Accept, Content-Type");
            response.setHeader("Access-Control-Max-Age", "600");
        }
    }
}
