package io.github.uploadreceipts.fetch;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** The log of the HTTP client at its finest level. */
public final class ClientLog {

    private ClientLog() {}

    /** The code that runs while the log is recorded. */
    public interface Action {
        void run() throws Exception;
    }

    public static List<String> during(Action action) throws Exception {
        List<String> logged = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                logged.add(new SimpleFormatter().formatMessage(entry));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger all = Logger.getLogger("");
        Logger client = Logger.getLogger("org.apache.hc");
        all.addHandler(handler);
        client.setLevel(Level.ALL);
        try {
            action.run();
        } finally {
            client.setLevel(null);
            all.removeHandler(handler);
        }
        return logged;
    }
}
