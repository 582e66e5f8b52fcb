package io.github.uploadreceipts.fetch.soak;

import java.io.IOException;

/** Something for which a client sends several requests. */
interface Unfinished {

    /** Sends the next request. */
    void step(Client client) throws IOException;

    /** Returns whether there is nothing more to do. */
    boolean isOver();

    /** Gives up what full disks did not let finish. That needs no space. */
    void giveUp(Client client) throws IOException;
}
