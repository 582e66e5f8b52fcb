package io.github.uploadreceipts.samples.album;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AlbumZipTest {

    @Test
    void uniqueNames_repeated() {
        assertThat(AlbumZip.uniqueNames(
                        List.of("a.jpg", "b", "A.JPG", "a.jpg", "b", ".x", ".x", "a.tar.gz", "a.tar.gz")))
                .containsExactly(
                        "a.jpg", "b", "A (2).JPG", "a (3).jpg", "b (2)", ".x", ".x (2)", "a.tar.gz", "a.tar (2).gz");
    }

    @Test
    void uniqueNames_numberTaken() {
        assertThat(AlbumZip.uniqueNames(List.of("a (2).png", "a.png", "a.png")))
                .containsExactly("a (2).png", "a.png", "a (3).png");
    }
}
