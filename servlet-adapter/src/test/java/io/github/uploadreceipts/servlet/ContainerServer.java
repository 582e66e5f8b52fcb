package io.github.uploadreceipts.servlet;

/** Starts a container with the settings that README gives to operators. */
interface ContainerServer {

    Container.Running start(Container.App app) throws Exception;
}
