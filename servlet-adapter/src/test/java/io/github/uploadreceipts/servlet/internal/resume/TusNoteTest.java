package io.github.uploadreceipts.servlet.internal.resume;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TusNoteTest {

    @ParameterizedTest
    @CsvSource({"'',''", "partial,''", "'',filename YQ==", "final;/uploads/a /uploads/b,'a YQ==,b'"})
    void note_readAsWritten(String concat, String metadata) {
        TusNote note = new TusNote(concat, metadata);
        assertThat(TusNote.parse(note.toString())).isEqualTo(note);
        assertThat(note.concat()).isEqualTo(concat);
        assertThat(note.metadata()).isEqualTo(metadata);
    }

    @Test
    void note_ofManyPartials_leavesTheirUrlsOut() {
        String most = "final;" + "x".repeat(2042);
        assertThat(new TusNote(most, "a").concat()).isEqualTo(most);
        assertThat(new TusNote(most + "x", "a")).isEqualTo(new TusNote("final;", "a"));
    }
}
