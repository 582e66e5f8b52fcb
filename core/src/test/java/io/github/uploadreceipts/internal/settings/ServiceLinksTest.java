package io.github.uploadreceipts.internal.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceLinksTest {

    @ParameterizedTest
    @CsvSource({
        "SERVICE_HOST,10.0.0.1,true",
        "SERVICE_PORT,8080,true",
        "SERVICE_PORT_HTTP,8080,true",
        "PORT,tcp://10.0.0.1:8080,true",
        "PORT_8080_TCP,tcp://10.0.0.1:8080,true",
        "PORT_8080_TCP_ADDR,10.0.0.1,true",
        "PORT,8080,false",
        "PORTS,8080,false",
        "SERVICE,10.0.0.1,false",
        "STORE,/var/lib/photos,false",
    })
    void warnIfLink(String rest, String value, boolean link) {
        assertThat(ServiceLinks.warnIfLink("UPLOAD_RECEIPTS_" + rest, rest, value))
                .isEqualTo(link);
    }
}
