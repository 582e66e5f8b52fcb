package io.github.uploadreceipts.spring;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadEvent.Place;
import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.problem.Refusal;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.annotation.Order;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;

/**
 * Responds with the problem of a refusal that a controller throws, whether or not {@link ReceiptsFilter} is mapped to its
 * path. It comes before advice of an application for any exception; a controller's own handler comes before it.
 */
@ControllerAdvice
@Order(0)
final class RefusalAdvice {

    private static final Logger LOG = System.getLogger(Loggers.RECEIPTS);

    private final ObjectProvider<UploadHost> host;

    RefusalAdvice(ObjectProvider<UploadHost> host) {
        this.host = host;
    }

    @ExceptionHandler({RefusedException.class, FetchException.class})
    void respond(Exception exception, HttpServletResponse response) throws Exception {
        if (!(exception instanceof Refusal refusal) || response.isCommitted()) {
            throw exception;
        }
        tell(refusal, String.valueOf(exception.getMessage()));
        ReceiptsFilter.refuse(response, refusal);
    }

    private void tell(Refusal refusal, String cause) {
        Level level =
                refusal.problem().status() < HttpServletResponse.SC_INTERNAL_SERVER_ERROR ? Level.INFO : Level.WARNING;
        LOG.log(level, "a request is refused: {0}", cause);
        host.ifAvailable(known -> HostAccess.engine(known)
                .tell(new UploadEvent.Refused(refusal.problem(), Place.FINAL_REQUEST, Optional.empty())));
    }
}
