package io.github.uploadreceipts.fetch.soak;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/** What happened, and how often. */
final class Figures {

    private final Map<String, LongAdder> counts = new ConcurrentSkipListMap<>();

    void count(String what) {
        add(what, 1);
    }

    void add(String what, long number) {
        counts.computeIfAbsent(what, name -> new LongAdder()).add(number);
    }

    long of(String what) {
        LongAdder count = counts.get(what);
        return count == null ? 0 : count.sum();
    }

    void addAll(Figures others) {
        others.counts.forEach((what, count) -> add(what, count.sum()));
    }

    @Override
    public String toString() {
        return counts.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", "));
    }
}
