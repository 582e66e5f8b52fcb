/** Tests controllers that take receipts, and uploads, with MockMvc. Spring looks into this module by reflection. */
@SuppressWarnings("module") // the names of Spring's automatic modules end as they like
open module io.github.uploadreceipts.spring.test {
    requires transitive io.github.uploadreceipts.spring;
    requires transitive spring.test;
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires static jakarta.servlet;
    requires spring.beans;
    requires spring.boot;
    requires spring.boot.autoconfigure;
    requires spring.boot.webmvc.test;
    requires spring.context;
    requires spring.core;
    requires spring.web;
    requires static spring.security.core;
    requires static spring.security.test;
    requires static spring.security.web;

    exports io.github.uploadreceipts.spring.test;
}
