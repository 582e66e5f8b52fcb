package io.github.uploadreceipts.samples.benchmarks;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.FilterInfo;
import io.undertow.servlet.api.ServletInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import org.xnio.Options;

/** The containers in which requests wait, each with 200 threads for requests, and otherwise as documented. */
enum HeldContainer {
    /** Jetty 12.1. It has 200 threads by default. */
    JETTY {
        @Override
        int start(int port, Path directory, Map<String, Filter> filters, HttpServlet servlet) throws Exception {
            return Jetty.port(Jetty.start(port, filters, servlet));
        }
    },

    /** Tomcat 11, or what the build says. It has 200 threads by default. */
    TOMCAT {
        @Override
        int start(int port, Path directory, Map<String, Filter> filters, HttpServlet servlet) throws Exception {
            return Tomcats.start(port, directory, filters, servlet)
                    .getConnector()
                    .getLocalPort();
        }
    },

    /** Undertow 2.3. */
    UNDERTOW {
        @Override
        int start(int port, Path directory, Map<String, Filter> filters, HttpServlet servlet) throws Exception {
            DeploymentInfo deployment = Servlets.deployment()
                    .setClassLoader(HeldContainer.class.getClassLoader())
                    .setDeploymentName("app")
                    .setContextPath("/")
                    .setEagerFilterInit(true);
            filters.forEach((pattern, filter) -> deployment
                    .addFilter(new FilterInfo(pattern, filter.getClass(), new ImmediateInstanceFactory<>(filter))
                            .setAsyncSupported(true))
                    .addFilterUrlMapping(pattern, pattern, DispatcherType.REQUEST)
                    .addFilterUrlMapping(pattern, pattern, DispatcherType.ASYNC));
            deployment.addServlet(new ServletInfo("app", servlet.getClass(), new ImmediateInstanceFactory<>(servlet))
                    .addMapping("/")
                    .setAsyncSupported(true));
            DeploymentManager manager = Servlets.newContainer().addDeployment(deployment);
            manager.deploy();
            Undertow undertow = Undertow.builder()
                    .addHttpListener(port, "127.0.0.1")
                    .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L)
                    .setServerOption(UndertowOptions.MULTIPART_MAX_ENTITY_SIZE, -1L)
                    .setSocketOption(Options.READ_TIMEOUT, READ_TIMEOUT_MILLIS)
                    .setBufferSize(Jetty.INPUT_BUFFER)
                    .setWorkerThreads(THREADS)
                    .setHandler(manager.start())
                    .build();
            undertow.start();
            return ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
        }
    };

    private static final int THREADS = 200;
    private static final int READ_TIMEOUT_MILLIS = 30_000;

    /** Starts the container until the JVM ends, on a port, or on a free one for 0. Returns its port. */
    abstract int start(int port, Path directory, Map<String, Filter> filters, HttpServlet servlet) throws Exception;
}
