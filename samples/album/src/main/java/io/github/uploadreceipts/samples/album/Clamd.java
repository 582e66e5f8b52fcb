package io.github.uploadreceipts.samples.album;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client of ClamAV's daemon: the command INSTREAM, which sends the bytes, so that clamd needs no file of ours. */
record Clamd(InetSocketAddress address) {

    private static final int CONNECT_MILLIS = 5_000;

    /** clamd says nothing while it scans. Its own limit on the time of a scan, MaxScanTime, is 2 minutes. */
    private static final int SILENCE_MILLIS = 180_000;

    private static final int CHUNK = 64 * 1024;
    private static final int MAX_REPLY = 4 * 1024;
    private static final Pattern FOUND = Pattern.compile("stream: (.+) FOUND");

    /**
     * Scans bytes.
     *
     * @return what was found, if anything was
     * @throws IOException if clamd cannot be reached or did not scan all the bytes, perhaps because they are more than
     *     its {@code StreamMaxLength}
     */
    Optional<String> scan(InputStream bytes) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(address, CONNECT_MILLIS);
            socket.setSoTimeout(SILENCE_MILLIS);
            String reply = send(socket, bytes);
            Matcher found = FOUND.matcher(reply);
            if (found.matches()) {
                return Optional.of(found.group(1));
            }
            if (!reply.equals("stream: OK")) {
                throw new IOException("clamd did not scan the file: " + reply);
            }
            return Optional.empty();
        }
    }

    /** Sends the bytes in chunks, each after its length, and a chunk of no bytes at the end. */
    private static String send(Socket socket, InputStream bytes) throws IOException {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        try {
            out.write("zINSTREAM\0".getBytes(StandardCharsets.US_ASCII));
            byte[] chunk = new byte[CHUNK];
            for (int count = bytes.read(chunk); count >= 0; count = bytes.read(chunk)) {
                if (count > 0) { // or it would be the end
                    out.writeInt(count);
                    out.write(chunk, 0, count);
                }
            }
            out.writeInt(0);
            out.flush();
        } catch (IOException e) {
            throw new IOException("clamd ended the connection: " + reply(socket), e);
        }
        return reply(socket);
    }

    private static String reply(Socket socket) throws IOException {
        String reply = new String(socket.getInputStream().readNBytes(MAX_REPLY), StandardCharsets.UTF_8);
        return reply.replace("\0", "").strip();
    }
}
