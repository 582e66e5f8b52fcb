package io.github.uploadreceipts.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PersonNameTest {

    @Test
    void clean_namesOfPeople() {
        for (String name : new String[] {
            "Jörg Müller-Lüdenscheidt", "O'Brien", "李小龍", "محمد", "Zoë 👩‍👩‍👧", "<b>Bob</b>", "Ann (2nd floor)"
        }) {
            assertThat(PersonName.clean(name)).contains(name);
        }
    }

    @Test
    void clean_spaceAndLineEnds_areOneSpace() {
        assertThat(PersonName.clean(" \t Ann\r\nMiller\u2028x\u00A0\u3000 y ")).contains("Ann Miller x y");
    }

    /** They could end a line of a log, or let a name read backwards. */
    @Test
    void clean_controlAndBidirectionalCharacters_areRemoved() {
        assertThat(PersonName.clean("\u0000A\u0007n\u001Bn\u202Etxt.exe\u2069\u200B\uFEFF\uE000"))
                .contains("Anntxt.exe\uE000");
    }

    @Test
    void clean_sameLetter_sameBytes() {
        assertThat(PersonName.clean("Jo\u0308rg")).contains("J\u00F6rg");
    }

    @Test
    void clean_nothingLeft_isNoName() {
        for (String none : new String[] {"", "  ", "\u202E", "\u200D", "\u200D \u200C", "\uD83D"}) {
            assertThat(PersonName.clean(none)).as("'%s'", none).isEmpty();
        }
    }

    @Test
    void clean_long_isCutBetweenCharacters() {
        String cut = PersonName.clean("x" + "👩".repeat(500)).orElseThrow();
        assertThat(cut).isEqualTo("x" + "👩".repeat(49));
        assertThat(cut.getBytes(StandardCharsets.UTF_8)).hasSize(197);
        assertThat(PersonName.clean(cut)).contains(cut);
        assertThat(PersonName.clean("a".repeat(199) + "\u200Db")).contains("a".repeat(199));
        assertThat(PersonName.clean("a".repeat(2_000))).contains("a".repeat(200));
    }
}
