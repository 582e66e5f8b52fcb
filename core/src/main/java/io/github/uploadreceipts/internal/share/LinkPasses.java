package io.github.uploadreceipts.internal.share;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;

/**
 * Makes what stands in for the password of a link, at every host of the fleet, for some time: the base64url text of when
 * it expires (4 bytes of seconds since 1970) and a MAC of that and the link (16 bytes).
 */
final class LinkPasses {

    private static final int TIME_BYTES = 4;
    private static final int MAC_BYTES = 16;

    /** How many characters a pass has. */
    static final int LENGTH = 27;

    private final LinkKeys keys;
    private final Clock clock;

    LinkPasses(LinkKeys keys, Clock clock) {
        this.keys = keys;
        this.clock = clock;
    }

    /**
     * Returns a pass.
     *
     * @param token the link's token
     * @param life for how long it stands in for the password
     */
    String mint(String token, Duration life) {
        byte[] time = time(clock.instant().plus(life).getEpochSecond());
        byte[] pass = Arrays.copyOf(time, TIME_BYTES + MAC_BYTES);
        System.arraycopy(keys.mac(input(time, token)), 0, pass, TIME_BYTES, MAC_BYTES);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(pass);
    }

    /** Returns whether this is a pass for the link with this token, and has not expired. */
    boolean isValid(String pass, String token) {
        byte[] bytes = decode(pass);
        if (bytes.length != TIME_BYTES + MAC_BYTES) {
            return false;
        }
        byte[] time = Arrays.copyOf(bytes, TIME_BYTES);
        long now = clock.instant().getEpochSecond();
        if (Integer.toUnsignedLong(ByteBuffer.wrap(time).getInt()) <= now) {
            return false;
        }
        byte[] mac = Arrays.copyOfRange(bytes, TIME_BYTES, bytes.length);
        return keys.macs(input(time, token)).stream()
                .anyMatch(right -> MessageDigest.isEqual(mac, Arrays.copyOf(right, MAC_BYTES)));
    }

    private static byte[] decode(String pass) {
        try {
            return pass.length() == LENGTH ? Base64.getUrlDecoder().decode(pass) : new byte[0];
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    private static byte[] time(long seconds) {
        return ByteBuffer.allocate(TIME_BYTES).putInt((int) seconds).array();
    }

    private static byte[] input(byte[] time, String token) {
        byte[] text = token.getBytes(StandardCharsets.UTF_8);
        byte[] input = Arrays.copyOf(time, time.length + text.length);
        System.arraycopy(text, 0, input, time.length, text.length);
        return input;
    }
}
