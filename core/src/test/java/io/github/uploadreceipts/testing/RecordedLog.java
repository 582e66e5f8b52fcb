package io.github.uploadreceipts.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;

/** What some loggers log until this is closed. */
public final class RecordedLog extends Handler implements AutoCloseable {

    /** The loggers, held so that they are not collected with their handlers. */
    private final List<Logger> loggers;

    private final List<LogRecord> records = new CopyOnWriteArrayList<>();

    private RecordedLog(List<Logger> loggers) {
        this.loggers = loggers;
    }

    /** Records these loggers and those below them, at the level that they have. */
    public static RecordedLog of(String... loggers) {
        RecordedLog log =
                new RecordedLog(Stream.of(loggers).map(Logger::getLogger).toList());
        log.setLevel(Level.ALL);
        log.loggers.forEach(logger -> logger.addHandler(log));
        return log;
    }

    @Override
    public void publish(LogRecord entry) {
        records.add(entry);
    }

    @Override
    public void flush() {}

    public List<LogRecord> records() {
        return List.copyOf(records);
    }

    /** Returns the messages with their parameters. */
    public List<String> messages() {
        return records.stream().map(new SimpleFormatter()::formatMessage).toList();
    }

    /** Forgets what was logged until now. */
    public void clear() {
        records.clear();
    }

    @Override
    public void close() {
        loggers.forEach(logger -> logger.removeHandler(this));
    }
}
