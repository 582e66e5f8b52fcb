package io.github.uploadreceipts.samples.album;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The buttons of the page: stops and starts hosts, rotates the key ring, and returns the state of the fleet. */
final class FleetServlet extends HttpServlet {

    private static final long serialVersionUID = 1;
    private static final Logger LOG = System.getLogger(FleetServlet.class.getName());
    private static final Pattern COMMAND = Pattern.compile("/(?:hosts/([1-9]\\d{0,3})/(stop|start)|keys/rotate)");

    /** The delay before a host stops itself, so that it can still send the response. */
    private static final Executor SOON = CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS);

    private final transient HostPlan self;
    private final transient Fleet fleet;

    FleetServlet(HostPlan self, Fleet fleet) {
        this.self = self;
        this.fleet = fleet;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (request.getPathInfo() != null) {
            Answers.problem(response, HttpServletResponse.SC_NOT_FOUND, "There is nothing here");
            return;
        }
        answer(response);
    }

    private void answer(HttpServletResponse response) throws IOException {
        Answers.write(response, HttpServletResponse.SC_OK, Answers.JSON, FleetState.toJson(fleet, self));
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Matcher command =
                COMMAND.matcher(Optional.ofNullable(request.getPathInfo()).orElse(""));
        if (!command.matches()) {
            Answers.problem(response, HttpServletResponse.SC_NOT_FOUND, "There is no such command");
            return;
        }
        try {
            if (command.group(1) == null) {
                fleet.rotateKeys();
            } else {
                switchHost(Integer.parseInt(command.group(1)), command.group(2).equals("start"));
            }
            answer(response);
        } catch (IllegalArgumentException e) {
            Answers.problem(response, HttpServletResponse.SC_NOT_FOUND, String.valueOf(e.getMessage()));
        } catch (IllegalStateException e) {
            Answers.problem(response, HttpServletResponse.SC_CONFLICT, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            LOG.log(Level.WARNING, "a command failed", e);
            Answers.problem(response, HttpServletResponse.SC_INTERNAL_SERVER_ERROR, "That did not work; see the log");
        }
    }

    private void switchHost(int number, boolean start) throws IOException {
        if (start) {
            fleet.start(number);
        } else if (number == self.number()) {
            fleet.requireAnother(number);
            SOON.execute(this::stopSelf);
        } else {
            fleet.stop(number);
        }
    }

    private void stopSelf() {
        try {
            fleet.stop(self.number());
        } catch (IOException | IllegalStateException e) {
            LOG.log(Level.WARNING, "this host did not stop", e);
        }
    }
}
