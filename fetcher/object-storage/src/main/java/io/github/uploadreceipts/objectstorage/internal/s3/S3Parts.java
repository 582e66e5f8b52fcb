package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Parts;
import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A multipart upload. If the host dies, its parts stay until the bucket's lifecycle rule deletes them. */
final class S3Parts implements Parts {

    static final int MOST = 10_000;

    /** A store may copy all parts before it responds. */
    private static final Duration LIMIT = Duration.ofMinutes(10);

    private static final String ALGORITHM = "x-amz-checksum-algorithm";

    private final S3Client client;
    private final S3Requests requests;
    private final String name;
    private final String writer;
    private final Upload upload;
    private final List<Part> parts = new ArrayList<>();
    private long size;
    private boolean completing;
    private boolean closed;

    /** An upload that has begun, and whether its parts have checksums. */
    private record Upload(String id, boolean checksums) {}

    /**
     * A part that was written.
     *
     * @param checksum its SHA-256, if it was sent with the part
     * @param unproved its SHA-256, if it has to be read back
     */
    private record Part(String etag, long first, long length, Optional<String> checksum, Optional<String> unproved) {}

    /** Sends a request that writes a part, and returns the part's ETag. */
    interface Writing {
        String send(S3Request part) throws StoreException;
    }

    private S3Parts(S3Client client, S3Requests requests, String name, String writer, Upload upload) {
        this.client = client;
        this.requests = requests;
        this.name = name;
        this.writer = writer;
        this.upload = upload;
    }

    /** The store knows the SHA-256 of every part. */
    static S3Parts begin(S3Client client, S3Requests requests, String name) throws StoreException {
        return begin(client, requests, name, true);
    }

    /** The store knows no SHA-256: it would demand that of every part in the end, and a copied part has none. */
    static S3Parts beginCopies(S3Client client, S3Requests requests, String name) throws StoreException {
        return begin(client, requests, name, false);
    }

    private static S3Parts begin(S3Client client, S3Requests requests, String name, boolean checksums)
            throws StoreException {
        String writer = UUID.randomUUID().toString();
        S3Request request = client.object("POST", name)
                .parameter("uploads", "")
                .field("content-type", S3Client.TYPE)
                .field(S3Client.WRITER, writer)
                .empty();
        if (checksums) {
            request.field(ALGORITHM, "SHA256");
        }
        Upload upload = requests.send(request, response -> begun(requests, response));
        return new S3Parts(client, requests, name, writer, upload);
    }

    private static Upload begun(S3Requests requests, Response response) throws IOException {
        String id = requests.document(response, "InitiateMultipartUploadResult")
                .child("UploadId")
                .filter(text -> !text.isBlank())
                .orElseThrow(() -> response.malformed("no UploadId"));
        return new Upload(id, response.field(ALGORITHM).filter("SHA256"::equals).isPresent());
    }

    @Override
    public void write(ByteBuffer bytes) throws StoreException {
        if (!bytes.hasRemaining()) {
            return; // it would be too small for a part that is not the last
        }
        Proof proof = Proof.of(bytes);
        S3Request request = next().body(bytes, S3Client.TYPE, proof);
        if (upload.checksums()) {
            request.field(Proof.CHECKSUM, proof.sha256());
        }
        add(requests.send(request, response -> {
            String etag = response.expect(200).etag();
            boolean proved = proof.isIn(response);
            return new Part(
                    etag,
                    size,
                    bytes.remaining(),
                    upload.checksums() ? Optional.of(proof.sha256()) : Optional.empty(),
                    proved ? Optional.empty() : Optional.of(proof.sha256()));
        }));
    }

    /** Writes a part by a request that says by itself which bytes. */
    void write(long length, Writing writing) throws StoreException {
        String etag = writing.send(next());
        add(new Part(etag, size, length, Optional.empty(), Optional.empty()));
    }

    private S3Request next() throws StoreException {
        if (parts.size() == MOST) {
            throw new StoreException.Failed(name + ": a multipart upload has at most " + MOST + " parts", null);
        }
        return client.object("PUT", name)
                .parameter("partNumber", Integer.toString(parts.size() + 1))
                .parameter("uploadId", upload.id());
    }

    private void add(Part part) {
        parts.add(part);
        size += part.length();
    }

    @Override
    public Head complete() throws StoreException {
        if (parts.isEmpty()) { // S3 completes no upload without parts
            abort();
            closed = true;
            return client.put(name, ByteBuffer.allocate(0), Optional.empty());
        }
        completing = true;
        S3Request request = client.object("POST", name)
                .parameter("uploadId", upload.id())
                .body(ByteBuffer.wrap(document()), "application/xml")
                .within(LIMIT);
        Optional<String> etag = requests.send(request, this::completed);
        Head head = client.find(name)
                .filter(found -> found.head().size() == size)
                .filter(found -> found.writer().equals(writer)
                        || etag.filter(found.head().etag()::equals).isPresent())
                .orElseThrow(() -> new StoreException.Failed(request + ": another object is there, or none", null))
                .head();
        for (Part part : parts) {
            if (part.unproved().isPresent()) {
                client.requireBytes(
                        name,
                        head.etag(),
                        part.first(),
                        part.length(),
                        part.unproved().get());
            }
        }
        closed = true;
        return head;
    }

    /** A first try may have completed the upload, which is forgotten then. The object that is there tells. */
    private Optional<String> completed(Response response) throws IOException {
        if (response.status() == 404 && S3.code(response).equals("NoSuchUpload")) {
            return Optional.empty();
        }
        return requests.document(response, "CompleteMultipartUploadResult")
                .child("ETag")
                .map(Response::unquoted);
    }

    private byte[] document() {
        StringBuilder xml =
                new StringBuilder("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            xml.append("<Part><PartNumber>").append(i + 1).append("</PartNumber><ETag>");
            xml.append(Xml.escaped("\"" + part.etag() + "\"")).append("</ETag>");
            part.checksum()
                    .ifPresent(sum -> xml.append("<ChecksumSHA256>").append(sum).append("</ChecksumSHA256>"));
            xml.append("</Part>");
        }
        return xml.append("</CompleteMultipartUpload>").toString().getBytes(StandardCharsets.UTF_8);
    }

    /** An upload may be complete although the response was lost. */
    @Override
    public void close() throws StoreException {
        if (closed) {
            return;
        }
        abort();
        boolean ours = completing
                && client.find(name)
                        .filter(found -> found.writer().equals(writer))
                        .isPresent();
        if (ours) {
            var unused = client.delete(name);
        }
        closed = true; // after a failure, another close tries again
    }

    private void abort() throws StoreException {
        S3Request request = client.object("DELETE", name).parameter("uploadId", upload.id());
        requests.send(request, response -> {
            boolean unknown = response.status() == 404 && S3.code(response).equals("NoSuchUpload");
            return unknown ? response : response.expect(204);
        });
    }
}
