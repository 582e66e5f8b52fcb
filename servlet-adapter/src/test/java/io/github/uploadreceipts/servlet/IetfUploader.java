package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;

/**
 * A client that is written from the draft of Resumable Uploads for HTTP alone. It creates an upload without content,
 * appends parts, and after each failure asks how far the upload is.
 */
final class IetfUploader {

    private static final int MOST_ATTEMPTS = 200;

    private final IetfClient client;
    private final String name;
    private final byte[] content;
    private final int partSize;
    private String path = "";
    private long offset;
    private int attempts;

    IetfUploader(int port, String name, byte[] content, int partSize) {
        this.client = new IetfClient(port);
        this.name = name;
        this.content = content;
        this.partSize = partSize;
    }

    int attempts() {
        return attempts;
    }

    /** Uploads, and returns the receipt. */
    String receipt() throws IOException {
        for (IOException last = new IOException("no attempt"); ; ) {
            if (attempts++ == MOST_ATTEMPTS) {
                throw last;
            }
            try {
                Wire.Answer answer = path.isEmpty() ? create() : client.head(path);
                for (retrieve(answer); !isComplete(answer); advance(answer)) {
                    answer = append();
                }
                return answer.header("Upload-Receipt");
            } catch (IOException e) {
                last = e;
            }
        }
    }

    private Wire.Answer create() throws IOException {
        Wire.Answer created = client.create(
                IetfClient.OPEN + "Upload-Length: " + content.length + "\r\nContent-Type: image/png\r\n"
                        + "Content-Disposition: inline; filename=\"" + name + "\"\r\n",
                new byte[0]);
        requireSuccess(created);
        path = TusClient.path(created);
        return created;
    }

    private Wire.Answer append() throws IOException {
        int end = (int) Math.min(content.length, offset + partSize);
        return client.append(
                path,
                offset,
                Arrays.copyOfRange(content, (int) offset, end),
                end == content.length ? IetfClient.COMPLETE : IetfClient.OPEN);
    }

    private void retrieve(Wire.Answer answer) throws IOException {
        requireSuccess(answer);
        long told = Long.parseLong(answer.header("Upload-Offset"));
        assertThat(told).as("offsets never go back").isBetween(offset, (long) content.length);
        offset = told;
    }

    /** A client that has another offset than the server asks for the server's. */
    private void advance(Wire.Answer answer) throws IOException {
        if (answer.status() == 409) {
            throw new IOException("another offset: " + answer.header("Upload-Offset"));
        }
        retrieve(answer);
    }

    private static boolean isComplete(Wire.Answer answer) {
        return answer.header("Upload-Complete").equals("?1");
    }

    /** After a response of 5xx a client may go on; after one of 4xx it must not. */
    private static void requireSuccess(Wire.Answer answer) throws IOException {
        if (answer.status() >= 500) {
            throw new IOException(answer.status() + " " + answer.body());
        }
        assertThat(answer.status()).as(answer.body()).isBetween(200, 299);
    }
}
