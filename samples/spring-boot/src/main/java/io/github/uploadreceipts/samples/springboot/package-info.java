/** A photo shop with Spring Boot: two instances, a login, and an order page. */
@NullMarked
package io.github.uploadreceipts.samples.springboot;

import org.jspecify.annotations.NullMarked;
