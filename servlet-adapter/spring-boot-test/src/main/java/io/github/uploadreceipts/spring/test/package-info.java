/** Tests of Spring Boot applications: receipts in mock requests, and uploads, without a socket. */
@NullMarked
package io.github.uploadreceipts.spring.test;

import org.jspecify.annotations.NullMarked;
