package io.github.uploadreceipts.internal.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookUrlsTest {

    private static final WebhookUrls URLS =
            WebhookUrls.of("https://shop.example", "http://app1.lan:9000/hooks/", "https://other.example/one");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://shop.example",
                "https://shop.example/",
                "https://shop.example:443/any/path?with=query",
                "https://SHOP.example/?q",
                "HTTPS://shop.example/%C3%A4/..a/b..",
                "http://app1.lan:9000/hooks/stored",
                "http://app1.lan:9000/hooks",
                "https://other.example/one",
                "https://other.example/one?two=../..",
                "https://other.example/one/two"
            })
    void allow_onTheList(String url) {
        assertThat(URLS.allow(URI.create(url))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://shop.example/",
                "https://shop.example:8443/",
                "https://shop.example.evil.example/",
                "https://evil.example/https://shop.example/",
                "https://user@shop.example/",
                "https://shop.example@evil.example/",
                "https://shop.example./",
                "ftp://shop.example/",
                "//shop.example/",
                "/hooks",
                "mailto:a@shop.example",
                "http://app1.lan:9000/",
                "http://app1.lan:9000/hooksters",
                "http://app1.lan:9000/hooks/../admin",
                "http://app1.lan:9000/hooks/%2e%2E/admin",
                "http://app1.lan:9000/hooks/.%2e;x=1/admin",
                "http://app1.lan:9000/hooks/..;/admin",
                "http://app1.lan:9000/hooks/..%2fadmin",
                "http://app1.lan:9000/hooks/..%5Cadmin",
                "http://app1.lan:9000/hooks/..%3B/admin",
                "http://app1.lan:9000/hooks/%252e%252e/admin",
                "http://app1.lan:9000/hooks/..%252fadmin",
                "http://app1.lan:9000/hooks/./",
                "https://other.example/one-more",
                "https://other.example/One"
            })
    void allow_offTheList(String url) {
        assertThat(URLS.allow(URI.create(url))).isFalse();
    }

    @Test
    void allow_emptyList_nothing() {
        assertThat(WebhookUrls.NONE.allow(URI.create("https://shop.example/"))).isFalse();
        assertThat(WebhookUrls.of().allow(URI.create("https://shop.example/"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*",
                "shop.example",
                "https://*.example/",
                "https:///path",
                "https://shop.example/?q",
                "https://shop.example/#f",
                "https://user@shop.example/",
                "ftp://shop.example/",
                "https://shop.example/a/../b",
                "https://shop.example/a b"
            })
    void of_whatIsNoUrlOfReceivers_refused(String entry) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WebhookUrls.of("https://shop.example/", entry))
                .withMessageContaining("'" + entry + "' is not a URL of receivers");
    }
}
