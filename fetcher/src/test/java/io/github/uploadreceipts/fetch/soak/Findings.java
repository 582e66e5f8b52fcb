package io.github.uploadreceipts.fetch.soak;

import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What must not be. */
final class Findings {

    private static final int MOST_OF_A_KIND = 5;

    private final Map<String, List<String>> byKind = new TreeMap<>();
    private final Map<String, Integer> counts = new TreeMap<>();

    /** Reports a finding. Of many findings of one kind, the first ones are kept. */
    synchronized void add(String kind, String what) {
        List<String> kept = byKind.computeIfAbsent(kind, none -> new ArrayList<>());
        if (kept.size() < MOST_OF_A_KIND) {
            kept.add(LocalTime.now(ZoneId.systemDefault()) + " " + what);
        }
        counts.merge(kind, 1, Integer::sum);
    }

    /** Returns each kind with its number and its first findings. */
    synchronized List<String> list() {
        List<String> all = new ArrayList<>();
        byKind.forEach((kind, kept) -> {
            all.add(kind + ": " + counts.get(kind) + " times");
            kept.forEach(what -> all.add("    " + what));
        });
        return all;
    }
}
