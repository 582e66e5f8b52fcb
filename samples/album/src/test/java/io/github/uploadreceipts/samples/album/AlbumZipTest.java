package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AlbumZipTest {

    @Test
    void entryNames_repeated() {
        assertThat(AlbumZip.entryNames(
                        List.of("a.jpg", "b", "A.JPG", "a.jpg", "b", ".x", ".x", "a.tar.gz", "a.tar.gz")))
                .containsExactly(
                        "a.jpg", "b", "A (2).JPG", "a (3).jpg", "b (2)", ".x", ".x (2)", "a.tar.gz", "a.tar (2).gz");
    }

    @Test
    void entryNames_numberTaken() {
        assertThat(AlbumZip.entryNames(List.of("a (2).png", "a.png", "a.png")))
                .containsExactly("a (2).png", "a.png", "a (3).png");
    }

    @Test
    void entryNames_thatWindowsCannotHave() {
        assertThat(AlbumZip.entryNames(List.of(
                        "say \"cheese\"?.jpg",
                        "a<b>|*.jpg",
                        "nul",
                        "Con.jpg",
                        "com1 .tar.gz",
                        "LPT\u00B9.txt",
                        "conin$",
                        "console.jpg",
                        "com10.jpg",
                        "_nul",
                        "a?.jpg",
                        "a*.jpg")))
                .containsExactly(
                        "say _cheese__.jpg",
                        "a_b___.jpg",
                        "_nul",
                        "_Con.jpg",
                        "_com1 .tar.gz",
                        "_LPT\u00B9.txt",
                        "_conin$",
                        "console.jpg",
                        "com10.jpg",
                        "_nul (2)",
                        "a_.jpg",
                        "a_ (2).jpg");
    }

    @Test
    void sizes_asInTheScript() {
        assertThat(List.of(0L, 1L, 999L, 1_000L, 9_949L, 9_950L, 999_499L, 999_500L, 2_147_483_648L, 1L << 60))
                .extracting(Sizes::of)
                .containsExactly(
                        "0 bytes",
                        "1 byte",
                        "999 bytes",
                        "1.0 kB",
                        "9.9 kB",
                        "10 kB",
                        "999 kB",
                        "1.0 MB",
                        "2.1 GB",
                        "1152922 TB");
    }
}
