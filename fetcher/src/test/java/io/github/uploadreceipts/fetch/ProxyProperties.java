package io.github.uploadreceipts.fetch;

import java.util.List;

/** The system properties that send an application's connections through a proxy. */
public final class ProxyProperties {

    private static final List<String> NAMES = List.of("socksProxy", "http.proxy", "https.proxy");

    private ProxyProperties() {}

    /** The code that runs while the properties are set. */
    public interface Action {
        void run() throws Exception;
    }

    public static void during(int port, Action action) throws Exception {
        try {
            for (String name : NAMES) {
                System.setProperty(name + "Host", "127.0.0.1");
                System.setProperty(name + "Port", Integer.toString(port));
            }
            System.setProperty("http.nonProxyHosts", "");
            System.setProperty("socksNonProxyHosts", ""); // its default would exclude loopback
            action.run();
        } finally {
            NAMES.forEach(name -> {
                System.clearProperty(name + "Host");
                System.clearProperty(name + "Port");
            });
            System.clearProperty("http.nonProxyHosts");
            System.clearProperty("socksNonProxyHosts");
        }
    }
}
