package io.github.uploadreceipts.fetch.soak;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Uploads as much at once as one client may: a request that has ended, but still counts as in flight, would be seen.
 */
final class Places {

    private static final byte[] BODY = {1, 2, 3};

    private Places() {}

    static void requireAllFree(Member member, InetAddress client, Findings findings) throws IOException {
        byte[] bytes = Request.of("PUT", "/uploads", "Content-Type: image/png\r\n", BODY)
                .bytes(member.port());
        List<Connection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < SoakHost.MOST_PER_ADDRESS; i++) {
                Connection connection = new Connection(client, member.port());
                connections.add(connection);
                connection.send(bytes, bytes.length - 1, false);
            }
            for (Connection connection : connections) {
                connection.send(new byte[] {3}, 1, false);
                Response response = connection.response(false);
                if (response.status() == 429) {
                    findings.add("a place is not free", member + " " + client + " " + response);
                }
            }
        } catch (IOException e) {
            member.process().dumpThreads();
            findings.add("no response although nothing else is asked", member + " " + client + " " + e);
        } finally {
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }
}
