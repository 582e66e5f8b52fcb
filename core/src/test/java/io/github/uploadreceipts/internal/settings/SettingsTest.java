package io.github.uploadreceipts.internal.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SettingsTest {

    private static Settings of(String name, String value) {
        return Settings.of(Map.of(name, value), Set.of(name));
    }

    @Test
    void flag_onlyTheTwoWords() {
        Map<String, String> values = Map.of("yes", " true ", "no", "false", "blank", " ", "loud", "TRUE");
        Settings settings = Settings.of(values, values.keySet());
        assertThat(settings.flag("yes")).isTrue();
        assertThat(settings.flag("no")).isFalse();
        assertThat(settings.flag("blank")).isFalse();
        assertThat(settings.flag("absent")).isFalse();
        assertThatIllegalStateException()
                .isThrownBy(() -> settings.flag("loud"))
                .withMessageStartingWith("loud is 'TRUE', but must be true or false");
    }

    @Test
    void text_strippedAndNotBlank() {
        assertThat(of("a", " x y\n").text("a")).contains("x y");
        assertThat(of("a", " ").text("a")).isEmpty();
        assertThat(of("a", "x").text("b")).isEmpty();
    }

    @Test
    void words_bySpacesOrCommas() {
        assertThat(of("a", " x,y z,\n w ").words("a").orElseThrow()).containsExactly("x", "y", "z", "w");
        assertThat(of("a", " ").words("a")).isEmpty();
    }

    @Test
    void numbersAndDurations_orWhatTheyMustBe() {
        assertThat(of("a", "-7").count("a")).contains(-7);
        assertThat(of("a", "3000000000").bytes("a")).contains(3_000_000_000L);
        assertThat(of("a", "PT1M").duration("a")).contains(Duration.ofMinutes(1));
        assertThatIllegalStateException()
                .isThrownBy(() -> of("a", "3000000000").count("a"))
                .withMessage("a is '3000000000', but must be a number");
        assertThatIllegalStateException()
                .isThrownBy(() -> of("a", "2 MB").bytes("a"))
                .withMessage("a is '2 MB', but must be a number of bytes");
        assertThatIllegalStateException()
                .isThrownBy(() -> of("a", "1m").duration("a"))
                .withMessage("a is '1m', but must be a duration in the form of ISO 8601, such as PT24H");
    }

    /** The message names the setting even if one letter is missing, doubled or replaced. */
    @Test
    void unknown_namesTheOneThatWasMeant() {
        Set<String> known = new HashSet<>(HostSettings.HOST);
        known.addAll(HostSettings.LIMITS);
        for (String name : known) {
            for (int i = 0; i < name.length(); i++) {
                assertNearest(name.substring(0, i) + name.substring(i + 1), name, known);
                assertNearest(name.substring(0, i + 1) + name.substring(i), name, known);
                assertNearest(name.substring(0, i) + "_" + name.substring(i + 1), name, known);
            }
        }
    }

    private static void assertNearest(String name, String nearest, Set<String> known) {
        assertThatIllegalStateException()
                .isThrownBy(() -> Settings.of(Map.of(name, ""), known))
                .withMessage("there is no setting '" + name + "'; did you mean '" + nearest + "'?");
    }

    /** Of several equally near names the first in the alphabet is reported, so that the message is always the same. */
    @Test
    void unknown_twoAsNear() {
        assertNearest("cat", "bat", Set.of("hat", "bat", "dog"));
    }

    @Test
    void values_copied() {
        Map<String, String> values = new HashMap<>(Map.of("a", "x"));
        Settings settings = Settings.of(values, Set.of("a"));
        values.put("a", "y");
        assertThat(settings.text("a")).contains("x");
    }
}
