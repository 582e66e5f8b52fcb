package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.servlet.testing.Container;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What happened, how often and at which containers; how long small requests took; and what must not be. */
final class Report {

    private static final int MOST_OF_A_KIND = 5;

    private final Map<String, Long> totals = new TreeMap<>();
    private final Map<String, Map<Container, Long>> byContainer = new TreeMap<>();
    private final List<Long> nanos = new ArrayList<>();
    private final Map<String, List<String>> findings = new TreeMap<>();

    /** Counts something that is not about one host. */
    synchronized void count(String what, long number) {
        totals.merge(what, number, Long::sum);
    }

    /** Counts something that happened at a host. */
    synchronized void count(String what, Host host) {
        count(what, 1);
        byContainer
                .computeIfAbsent(what, none -> new EnumMap<>(Container.class))
                .merge(host.container(), 1L, Long::sum);
    }

    /** Adds how long a small request took at a host that was well. */
    synchronized void took(long duration) {
        nanos.add(duration);
    }

    /** Reports a finding. */
    synchronized void finding(String kind, String what) {
        findings.computeIfAbsent(kind, none -> new ArrayList<>())
                .add(LocalTime.now(ZoneId.systemDefault()) + " " + what);
    }

    synchronized void addAll(Report other) {
        other.totals.forEach(this::count);
        other.byContainer.forEach((what, counts) -> counts.forEach((container, number) -> byContainer
                .computeIfAbsent(what, none -> new EnumMap<>(Container.class))
                .merge(container, number, Long::sum)));
        nanos.addAll(other.nanos);
        other.findings.forEach((kind, all) ->
                findings.computeIfAbsent(kind, none -> new ArrayList<>()).addAll(all));
    }

    /** Returns each kind of findings with their number, and the first of them. */
    synchronized List<String> findings() {
        List<String> shown = new ArrayList<>();
        findings.forEach((kind, all) -> {
            shown.add(kind + ": " + all.size() + " times");
            all.stream().limit(MOST_OF_A_KIND).forEach(what -> shown.add("    " + what));
        });
        return shown;
    }

    /** Returns the table of what happened: in all, and at each container. */
    @Override
    public synchronized String toString() {
        List<Container> containers = Container.all().toList();
        StringBuilder table = new StringBuilder(String.format("%-44s%12s", "", "all"));
        for (Container container : containers) {
            table.append(String.format("%12s", container));
        }
        totals.forEach((what, total) -> {
            table.append(String.format("%n%-44s%12d", what, total));
            for (Container container : containers) {
                Long number = byContainer.getOrDefault(what, Map.of()).get(container);
                table.append(String.format("%12s", number == null ? "" : number.toString()));
            }
        });
        return table
                + String.format(
                        "%nsmall requests to hosts that are well: p50 %d ms, p99 %d ms, slowest %d ms",
                        millis(50), millis(99), millis(100));
    }

    private long millis(int percent) {
        List<Long> sorted = new ArrayList<>(nanos);
        Collections.sort(sorted);
        return sorted.isEmpty() ? 0 : sorted.get((sorted.size() - 1) * percent / 100) / 1_000_000;
    }
}
