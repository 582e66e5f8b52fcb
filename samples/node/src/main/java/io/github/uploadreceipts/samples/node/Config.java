package io.github.uploadreceipts.samples.node;

import java.io.IOException;
import java.io.Reader;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/**
 * The configuration file: a Java properties file. The settings of the server begin with {@code node.}; all others are
 * those of the library.
 */
record Config(Map<String, String> own, Map<String, String> library) {

    private static final String PREFIX = "node.";

    /** Reads a file. */
    static Config read(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            properties.load(in);
        }
        Map<String, String> own = new HashMap<>();
        Map<String, String> library = new HashMap<>();
        for (String name : properties.stringPropertyNames()) {
            (name.startsWith(PREFIX) ? own : library).put(name, properties.getProperty(name));
        }
        return new Config(own, library);
    }

    /** Checks that there are no settings of the server but these. */
    Config {
        for (String name : own.keySet()) {
            if (!name.matches("node\\.(listen|api-keys|links-url)")) {
                throw new IllegalArgumentException(
                        "there is no setting " + name + "; there are node.listen, node.api-keys and node.links-url");
            }
        }
    }

    /** Returns the address and the port on which the server listens. */
    InetSocketAddress listen() {
        String text = required("node.listen");
        int colon = text.lastIndexOf(':');
        if (colon < 1 || !text.substring(colon + 1).matches("\\d{1,5}")) {
            throw new IllegalArgumentException(
                    "node.listen is '" + text + "', but must be an address and a port, such as 127.0.0.1:8080");
        }
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    /** Returns the file with the API keys, one in each line. */
    Path apiKeys() {
        return Path.of(required("node.api-keys"));
    }

    /** Returns where people reach the share links of any host. */
    String linksUrl() {
        return required("node.links-url");
    }

    private String required(String name) {
        String value = own.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("the setting " + name + " is missing");
        }
        return value.strip();
    }
}
