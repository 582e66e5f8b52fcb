package io.github.uploadreceipts.servlet.testing;

/** A running container with the settings that README gives to operators. One application at a time runs in it. */
interface ContainerServer {

    /** Begins to accept connections. Before that, an application can be started, so that nobody finds none. */
    void listen() throws Exception;

    int port();

    /** Starts an application. Stopping the result ends it. */
    Container.Stop deploy(Container.App app) throws Exception;

    /** Returns whether no request is active, including asynchronous ones. */
    boolean isIdle();

    void stop() throws Exception;
}
