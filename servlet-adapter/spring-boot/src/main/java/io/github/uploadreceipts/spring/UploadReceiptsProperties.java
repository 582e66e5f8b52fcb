package io.github.uploadreceipts.spring;

import io.github.uploadreceipts.store.Durability;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What an application can configure. What is not set has the library's default.
 *
 * @param keyRing the key ring's file. Required, unless in development mode
 * @param fleet the fleet's name, as a check of the key ring
 * @param internalUrl where peers reach this host: http://host:port and the context path. By default made of the
 *     canonical host name, server.port and server.servlet.context-path
 * @param formerInternalUrls the internal URLs that this host had before
 * @param peers the internal URLs of the fleet's hosts, to which new uploads are relayed when there is no room here
 * @param peerAddresses the CIDR blocks of the fleet's hosts: only from there requests between hosts are accepted, and
 *     only there the fetcher connects. By default private addresses
 * @param peerPorts the ports of the other hosts' internal URLs. By default that of this host's own
 * @param handOverUrls the receivers of webhooks that tickets may name: origins such as https://shop.example/, or URLs under
 *     whose path they are. By default none
 * @param delivery how uploads are sent to peers: direct, x-accel-redirect:/stored/ or x-sendfile. By default direct
 * @param timeToLive how long an upload can be fetched. By default 24h
 * @param maxBytesInMemory how much of requests in flight is held in memory. By default a sixteenth of the heap
 * @param developmentMode permits an internal URL on the loopback interface, a throw-away key ring and a temporary
 *     directory
 * @param policy who may upload, where the application has no UploadPolicy bean
 * @param store the store of this host
 * @param paths the paths of the application that the filters serve
 * @param limits limits on uploads
 * @param cors pages of other origins that may upload
 * @param uploads how uploads are answered
 * @param receipts the final request, and the receipts in it
 * @param share downloads by share links
 */
@ConfigurationProperties(UploadReceiptsProperties.PREFIX)
record UploadReceiptsProperties(
        @Nullable Path keyRing,
        @Nullable String fleet,
        @Nullable String internalUrl,
        @Nullable List<String> formerInternalUrls,
        @Nullable List<String> peers,
        @Nullable List<String> peerAddresses,
        @Nullable List<Integer> peerPorts,
        @Nullable List<String> handOverUrls,
        @Nullable String delivery,
        @Nullable Duration timeToLive,
        @Nullable DataSize maxBytesInMemory,
        @Nullable Boolean developmentMode,
        @DefaultValue("signed-in") Policy policy,
        @DefaultValue Store store,
        @DefaultValue Paths paths,
        @DefaultValue Limits limits,
        @DefaultValue Cors cors,
        @DefaultValue Uploads uploads,
        @DefaultValue Receipts receipts,
        @DefaultValue Share share) {

    static final String PREFIX = "upload-receipts";

    /** Who may upload. */
    enum Policy {
        /** Users who are signed in. Receipts are bound to their names. */
        SIGNED_IN,
        /** Everybody. */
        ANYONE,
        /** Who shows a ticket. */
        TICKET
    }

    /**
     * The store of this host.
     *
     * @param directory a directory on a local disk, which need not exist. Required, unless in development mode
     * @param durability how safe an upload's bytes are when the client gets its receipt. By default forced
     * @param fileMode the mode of stored files, whatever the umask is. By default rw-r-----
     * @param atRest whether new uploads are sealed on the disk, each under a key that only its receipt has. By default
     *     plain. Sealed needs receipts.encrypt
     */
    record Store(
            @Nullable Path directory,
            @Nullable Durability durability,
            @Nullable String fileMode,
            @Nullable AtRest atRest) {}

    /** How uploads lie on the disk. */
    enum AtRest {
        /** As the client sent them. */
        PLAIN,
        /** Encrypted. Who reads the disk reads nothing of them. */
        SEALED
    }

    /**
     * The paths of the application that the filters serve.
     *
     * @param uploads where clients upload
     * @param receipts the patterns of final requests, such as /orders. None by default
     */
    record Paths(
            @DefaultValue("/uploads") String uploads,
            @DefaultValue List<String> receipts) {}

    /**
     * Limits on uploads.
     *
     * @param maxFileSize the size of one file. By default 2GB
     * @param maxRequestSize the size of one request body. By default 8GB
     * @param maxFiles the number of files in one request. By default 100
     * @param maxFieldBytes the size of all of a form's other fields together. By default 1MB
     * @param maxUploadsPerSubject the number of requests in flight of one user. By default 256
     * @param maxBytesPerSubject what these have received together. Unlimited by default
     * @param maxUploadsPerAddress the number of requests in flight from one address. By default 16384
     * @param maxBytesPerAddress what these have received together. Unlimited by default
     * @param maxUnfinishedPerSubject the number of resumable uploads of one user that are not complete. By default 1000
     * @param maxUnfinishedPerAddress the same from one address. By default 32768
     * @param maxUnfinished the same in all. By default 100000
     * @param freeSpaceFloor what new uploads must leave free on the store's disk. By default 256MB
     * @param idleTimeout how long a body may pause. By default 20s
     * @param minBytesPerSecond how fast a body must arrive on average. By default 512B
     * @param deadline how long a request may take as a whole. By default 24h
     */
    record Limits(
            @Nullable DataSize maxFileSize,
            @Nullable DataSize maxRequestSize,
            @Nullable Integer maxFiles,
            @Nullable DataSize maxFieldBytes,
            @Nullable Integer maxUploadsPerSubject,
            @Nullable DataSize maxBytesPerSubject,
            @Nullable Integer maxUploadsPerAddress,
            @Nullable DataSize maxBytesPerAddress,
            @Nullable Integer maxUnfinishedPerSubject,
            @Nullable Integer maxUnfinishedPerAddress,
            @Nullable Integer maxUnfinished,
            @Nullable DataSize freeSpaceFloor,
            @Nullable Duration idleTimeout,
            @Nullable DataSize minBytesPerSecond,
            @Nullable Duration deadline) {}

    /**
     * Pages of other origins that may upload.
     *
     * @param allowOrigins their origins, such as https://www.example.org. None by default
     * @param allowCredentials whether they may send cookies. By default false
     * @param allowHeaders the header fields that they may send besides those of the library, such as X-CSRF-TOKEN
     */
    record Cors(
            @Nullable List<String> allowOrigins,
            @Nullable Boolean allowCredentials,
            @Nullable List<String> allowHeaders) {}

    /**
     * How uploads are answered.
     *
     * @param finalForm where pages without script send receipts, such as /orders
     * @param carriedFields the form fields that pages without script send again. By default _csrf
     * @param targetOrigin the origin of the page that gets the receipts of its hidden frame. By default the upload's own
     * @param publicUrl where clients reach the uploads of this very host. By default they may ask any host
     * @param checksumTrailers tells clients that checksums may come in trailer fields. By default false
     * @param maxRefusedBytes how much of a refused body is read and thrown away. By default 64MB
     * @param minRefusedBytesPerSecond how fast a refused body must arrive. By default 32KB
     * @param maxRefusedBodies how many refused bodies are read at once. By default 256
     */
    record Uploads(
            @Nullable String finalForm,
            @Nullable List<String> carriedFields,
            @Nullable String targetOrigin,
            @Nullable String publicUrl,
            @Nullable Boolean checksumTrailers,
            @Nullable DataSize maxRefusedBytes,
            @Nullable DataSize minRefusedBytesPerSecond,
            @Nullable Integer maxRefusedBodies) {}

    /**
     * The final request, and the receipts in it.
     *
     * @param encrypt whether receipts are encrypted. The same on all hosts. By default false
     * @param field the form field that has a receipt. By default receipt
     * @param jsonArray the JSON Pointer to the array of a JSON body. By default /receipts
     * @param jsonReceipt the JSON Pointer from its element to the receipt. By default the element itself
     * @param maxBodySize the size of a body without its files. By default 4MB
     * @param deadline how long reading a body without files may take. By default 30s
     * @param asyncDispatch whether slow bodies arrive without a thread. All filters behind must be mapped to ASYNC
     *     dispatches. By default false
     * @param files who may send files in the final request itself. By default nobody
     * @param rawFiles whether a PUT of neither a form nor JSON is one of these files. By default false
     */
    record Receipts(
            @Nullable Boolean encrypt,
            @Nullable String field,
            @Nullable String jsonArray,
            @Nullable String jsonReceipt,
            @Nullable DataSize maxBodySize,
            @Nullable Duration deadline,
            @Nullable Boolean asyncDispatch,
            @Nullable Policy files,
            @Nullable Boolean rawFiles) {}

    /**
     * Downloads by share links.
     *
     * @param path where share links lead, such as /s. By default nowhere
     * @param delivery who sends the files of this host: direct, x-accel-redirect:/stored/ or x-sendfile. By default direct
     */
    record Share(@Nullable String path, @Nullable String delivery) {}
}
