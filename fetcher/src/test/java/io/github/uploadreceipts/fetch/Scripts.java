package io.github.uploadreceipts.fetch;

import static io.github.uploadreceipts.fetch.ScriptedPeer.head;
import static io.github.uploadreceipts.fetch.ScriptedPeer.write;

import io.github.uploadreceipts.fetch.ScriptedPeer.Script;
import io.github.uploadreceipts.internal.http.ByteRange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.GZIPOutputStream;

/** The misbehaviours of peers. */
public final class Scripts {

    private static final long FOREVER = 60_000;

    private Scripts() {}

    public static Script closesAtOnce() {
        return (asked, out, socket) -> socket.close();
    }

    /** Ends within the head, after a field that is whole. */
    public static Script cutsHead() {
        return (asked, out, socket) -> {
            write(out, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n");
            socket.close();
        };
    }

    public static Script silent() {
        return (asked, out, socket) -> Thread.sleep(FOREVER);
    }

    public static Script redirects(String to) {
        return (asked, out, socket) ->
                write(out, "HTTP/1.1 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n");
    }

    /** Announces all bytes, sends {@code count} of them and closes the connection. */
    public static Script truncates(int count) {
        return (asked, out, socket) -> {
            ByteRange range = asked.range();
            head(out, asked, range);
            out.write(asked.content(), (int) range.first(), Math.min(count, (int) range.length()));
            out.flush();
            socket.close();
        };
    }

    public static Script resets(int count) {
        return (asked, out, socket) -> {
            ByteRange range = asked.range();
            head(out, asked, range);
            out.write(asked.content(), (int) range.first(), Math.min(count, (int) range.length()));
            out.flush();
            Thread.sleep(50);
            socket.setSoLinger(true, 0);
            socket.close();
        };
    }

    public static Script stalls(int count) {
        return (asked, out, socket) -> {
            ByteRange range = asked.range();
            head(out, asked, range);
            out.write(asked.content(), (int) range.first(), Math.min(count, (int) range.length()));
            out.flush();
            Thread.sleep(FOREVER);
        };
    }

    /** Sends all bytes and one more, and announces one more. */
    public static Script promisesOneMore() {
        return (asked, out, socket) -> {
            write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + (asked.content().length + 1) + "\r\n\r\n");
            out.write(asked.content());
            out.write('!');
        };
    }

    /** Sends one byte more than announced, and then a second response. */
    public static Script sendsOneMore() {
        return (asked, out, socket) -> {
            head(out, asked, asked.range());
            out.write(asked.content(), (int) asked.range().first(), (int)
                    asked.range().length());
            write(out, "!HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad");
        };
    }

    public static Script promisesOneLess() {
        return (asked, out, socket) -> {
            write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + (asked.content().length - 1) + "\r\n\r\n");
            out.write(asked.content(), 0, asked.content().length - 1);
        };
    }

    public static Script flips(int offset) {
        return (asked, out, socket) -> {
            byte[] wrong = asked.content().clone();
            wrong[offset] ^= 1;
            ByteRange range = asked.range();
            head(out, asked, range);
            out.write(wrong, (int) range.first(), (int) range.length());
        };
    }

    public static Script compresses() {
        return (asked, out, socket) -> {
            ByteArrayOutputStream zipped = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
                gzip.write(asked.content());
            }
            write(
                    out,
                    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + asked.content().length
                            + "\r\n\r\n");
            out.write(zipped.toByteArray());
        };
    }

    public static Script chunks() {
        return (asked, out, socket) -> {
            write(
                    out,
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + Integer.toHexString(asked.content().length) + "\r\n");
            out.write(asked.content());
            write(out, "\r\n0\r\n\r\n");
        };
    }

    public static Script trickles() {
        return (asked, out, socket) -> {
            head(out, asked, asked.range());
            for (byte one : asked.content()) {
                out.write(one);
                out.flush();
                Thread.sleep(50);
            }
        };
    }

    public static Script endless() {
        return (asked, out, socket) -> {
            write(out, "HTTP/1.1 200 OK\r\n\r\n");
            byte[] much = new byte[8192];
            while (true) {
                out.write(much);
            }
        };
    }

    public static Script endlessInterimResponses() {
        return (asked, out, socket) -> {
            while (true) {
                write(out, "HTTP/1.1 103 Early Hints\r\n\r\n");
                Thread.sleep(5);
            }
        };
    }

    public static Script endlessField() {
        return (asked, out, socket) -> {
            write(out, "HTTP/1.1 200 OK\r\nX-Long: ");
            while (true) {
                write(out, "a".repeat(1000));
            }
        };
    }

    public static Script noHttp() {
        return (asked, out, socket) -> {
            write(out, "SSH-2.0-OpenSSH_9.2\r\n");
            throw new IOException("hangs up");
        };
    }

    /** Sends a 206 for a range that begins {@code shift} bytes later than requested. */
    public static Script shiftsRange(int shift) {
        return (asked, out, socket) -> {
            int first = (int) asked.range().first() + shift;
            ByteRange range = new ByteRange(first, asked.content().length - first, asked.content().length);
            head(out, asked, range);
            out.write(asked.content(), first, (int) range.length());
        };
    }

    /** Sends the right 206 with the right number of wrong bytes. */
    public static Script liesInRange() {
        return (asked, out, socket) -> {
            head(out, asked, asked.range());
            out.write(asked.content(), 0, (int) asked.range().length());
        };
    }

    public static Script ignoresRange() {
        return (asked, out, socket) -> {
            head(out, asked, ByteRange.whole(asked.content().length));
            out.write(asked.content());
        };
    }
}
