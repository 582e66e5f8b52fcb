/** The Spring Boot starter: properties, beans, filters, and the receipts of a request as a controller's argument. */
@NullMarked
package io.github.uploadreceipts.spring;

import org.jspecify.annotations.NullMarked;
