package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.testing.RecordedLog;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The log of the HTTP client at its finest level. */
public final class ClientLog {

    private ClientLog() {}

    /** The code that runs while the log is recorded. */
    public interface Action {
        void run() throws Exception;
    }

    public static List<String> during(Action action) throws Exception {
        Logger client = Logger.getLogger("org.apache.hc");
        try (RecordedLog log = RecordedLog.of("")) {
            client.setLevel(Level.ALL);
            action.run();
            return log.messages();
        } finally {
            client.setLevel(null);
        }
    }
}
