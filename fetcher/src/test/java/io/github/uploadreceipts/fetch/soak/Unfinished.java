package io.github.uploadreceipts.fetch.soak;

import java.io.IOException;

/** Something for which a client sends several requests. */
interface Unfinished {

    /** Sends the next request. */
    void step(Session session, Possessions possessions) throws IOException;

    /** Returns whether hosts without space or inodes must let it be finished. */
    boolean hasBegun();

    /** Returns whether there is nothing more to do. */
    boolean isOver();
}
