package io.github.uploadreceipts.samples.album;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** An album as a table for a terminal. */
final class Table {

    private static final List<String> HEAD = List.of("order", "name", "size", "digest (SHA-256)", "host", "from", "ms");
    private static final List<Boolean> TO_THE_RIGHT = List.of(true, false, true, false, false, false, true);

    private Table() {}

    static String of(MadeAlbum album) {
        List<List<String>> rows = new ArrayList<>(List.of(HEAD));
        for (MadeAlbum.Item item : album.items()) {
            rows.add(List.of(
                    Integer.toString(rows.size()),
                    item.name(),
                    Long.toString(item.size()),
                    item.sha256(),
                    item.host(),
                    item.fetched() ? "fetched" : "local",
                    Long.toString(item.millis())));
        }
        List<Integer> widths = IntStream.range(0, HEAD.size())
                .mapToObj(column -> Collections.max(
                        rows.stream().map(row -> width(row.get(column))).toList()))
                .toList();
        return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining("\n"));
    }

    private static String line(List<String> row, List<Integer> widths) {
        return IntStream.range(0, row.size())
                .mapToObj(column -> {
                    String space = " ".repeat(widths.get(column) - width(row.get(column)));
                    return TO_THE_RIGHT.get(column) ? space + row.get(column) : row.get(column) + space;
                })
                .collect(Collectors.joining("  "));
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
