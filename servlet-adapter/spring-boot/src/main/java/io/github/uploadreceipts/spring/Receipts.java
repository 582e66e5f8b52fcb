package io.github.uploadreceipts.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a controller's argument, a {@code List<UploadReceipt>}, that gets the verified receipts of the request.
 *
 * <pre>{@code
 * @PostMapping("/orders")
 * String order(@Receipts List<UploadReceipt> photos) throws IOException {
 *     try (FetchedUploads files = fetcher.fetch(photos)) { … }
 * }
 * }</pre>
 *
 * <p>The path of the request must be among {@code upload-receipts.paths.receipts}.
 */
@Documented
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
public @interface Receipts {}
