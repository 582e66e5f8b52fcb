package io.github.uploadreceipts.servlet;

/** A running container with the settings that README gives to operators: one application at a time runs in it. */
interface ContainerServer {

    int port();

    /** Starts an application; what is returned ends it. */
    Container.Stop deploy(Container.App app) throws Exception;

    /** Returns whether no request goes on, also none that waits without a thread. */
    boolean isIdle();

    void stop() throws Exception;
}
