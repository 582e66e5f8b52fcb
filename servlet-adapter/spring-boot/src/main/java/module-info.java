/** Configures Upload Receipts in a Spring Boot application. Spring looks into this module by reflection. */
@SuppressWarnings("module") // the names of Spring's automatic modules end as they like
open module io.github.uploadreceipts.spring {
    requires transitive io.github.uploadreceipts.servlet;
    requires transitive io.github.uploadreceipts.fetcher;
    requires static jakarta.servlet;
    requires static micrometer.core;
    requires spring.beans;
    requires spring.boot;
    requires spring.boot.autoconfigure;
    requires spring.context;
    requires spring.core;
    requires static spring.boot.health;
    requires static spring.boot.security;
    requires static spring.boot.servlet;
    requires static spring.security.config;
    requires static spring.security.web;
    requires static spring.web;
    requires static spring.webmvc;

    exports io.github.uploadreceipts.spring;
}
