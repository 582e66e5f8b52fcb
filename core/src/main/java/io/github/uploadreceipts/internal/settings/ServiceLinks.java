package io.github.uploadreceipts.internal.settings;

import io.github.uploadreceipts.internal.Loggers;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Environment variables that Kubernetes sets in every container beside a Service that is named upload-receipts. Their
 * names look like settings, and nobody has misspelt any.
 */
public final class ServiceLinks {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final Pattern NAME =
            Pattern.compile("SERVICE_(HOST|PORT(_.+)?)|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?");
    private static final Pattern URL = Pattern.compile("(tcp|udp|sctp)://.*");

    private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

    private ServiceLinks() {}

    /**
     * Returns whether a variable is one of these, and warns of it.
     *
     * @param rest the name without our prefix
     */
    public static boolean warnIfLink(String name, String rest, String value) {
        boolean link = NAME.matcher(rest).matches()
                || (rest.equals("PORT") && URL.matcher(value).matches());
        if (link && TOLD.add(name)) { // each filter reads all variables
            LOG.log(
                    Level.WARNING,
                    "the environment variable " + name + " is not a setting. Kubernetes sets it for a Service named"
                            + " upload-receipts; enableServiceLinks: false in the pod keeps it away");
        }
        return link;
    }
}
