package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;

/**
 * A client that is written only from the draft of Resumable Uploads for HTTP. It creates an upload without content,
 * appends parts, and requests the offset after each failure.
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

    /** Uploads the content, and returns the receipt. */
    String receipt() throws IOException {
        for (IOException last = new IOException("no attempt"); ; ) {
            if (attempts++ == MOST_ATTEMPTS) {
                throw last;
            }
            try {
                Wire.Response response = path.isEmpty() ? create() : client.head(path);
                for (retrieve(response); !isComplete(response); advance(response)) {
                    response = append();
                }
                return response.header("Upload-Receipt");
            } catch (IOException e) {
                last = e;
            }
        }
    }

    private Wire.Response create() throws IOException {
        Wire.Response created = client.create(
                IetfClient.OPEN + "Upload-Length: " + content.length + "\r\nContent-Type: image/png\r\n"
                        + "Content-Disposition: inline; filename=\"" + name + "\"\r\n",
                new byte[0]);
        requireSuccess(created);
        path = TusClient.path(created);
        return created;
    }

    private Wire.Response append() throws IOException {
        int end = (int) Math.min(content.length, offset + partSize);
        return client.append(
                path,
                offset,
                Arrays.copyOfRange(content, (int) offset, end),
                end == content.length ? IetfClient.COMPLETE : IetfClient.OPEN);
    }

    private void retrieve(Wire.Response response) throws IOException {
        requireSuccess(response);
        long returned = Long.parseLong(response.header("Upload-Offset"));
        assertThat(returned).as("offsets never go back").isBetween(offset, (long) content.length);
        offset = returned;
    }

    /** After 409 the client requests the server's offset. */
    private void advance(Wire.Response response) throws IOException {
        if (response.status() == 409) {
            throw new IOException("another offset: " + response.header("Upload-Offset"));
        }
        retrieve(response);
    }

    private static boolean isComplete(Wire.Response response) {
        return response.header("Upload-Complete").equals("?1");
    }

    /** After 5xx a client may resume. After 4xx it must not. */
    private static void requireSuccess(Wire.Response response) throws IOException {
        if (response.status() >= 500) {
            throw new IOException(response.status() + " " + response.body());
        }
        assertThat(response.status()).as(response.body()).isBetween(200, 299);
    }
}
