package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void of_twoItems() {
        MadeAlbum album = new MadeAlbum(
                "id",
                "",
                "h:3",
                List.of(
                        new MadeAlbum.Item("u1", "Übung.png", "image/png", 12_345, "aa", "h:1", "", true, 7),
                        new MadeAlbum.Item("u2", "b", "text/plain", 0, "bb", "h:3", "", false, 123)));
        assertThat(Table.of(album)).isEqualTo("""
                order  name        size  digest (SHA-256)  host  from      ms
                    1  Übung.png  12345  aa                h:1   fetched    7
                    2  b              0  bb                h:3   local    123""");
    }
}
