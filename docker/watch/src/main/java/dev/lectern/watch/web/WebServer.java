package dev.lectern.watch.web;

import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.LowResourceMonitor;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The HTTP server of the dashboard and of every role's figures: started by the constructor, ended
 * by {@link #close()}.
 *
 * <p>A request that is sent slowly or in part holds no thread, and its connection is closed after
 * 30 s of silence; where there are more than 200 connections, after a second, and new ones wait for
 * that. All threads are daemons.
 */
public final class WebServer implements AutoCloseable {
  private static final int MAX_THREADS = 12;
  private static final int MAX_CONNECTIONS = 200;
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration CROWDED_IDLE_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

  private final Server server;
  private final ServerConnector connector;

  /**
   * Starts serving.
   *
   * @param name of its threads
   * @param host address to listen on
   * @param port 0 for any free one
   * @param portOption option that set the port, for messages
   * @throws UserMistakeException if the port is taken or the host is not one of this machine
   */
  public WebServer(String name, String host, int port, String portOption, Handler handler) {
    this(name, host, port, portOption, handler, IDLE_TIMEOUT);
  }

  WebServer(
      String name,
      String host,
      int port,
      String portOption,
      Handler handler,
      Duration idleTimeout) {
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 1);
    threads.setName(name);
    threads.setDaemon(true);
    server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost(host);
    connector.setPort(port);
    connector.setIdleTimeout(idleTimeout.toMillis());
    server.addConnector(connector);
    server.addBean(crowds());
    server.setHandler(handler);
    server.setStopTimeout(0);
    try {
      server.start();
    } catch (Exception e) {
      close();
      if (e instanceof IOException || e instanceof IllegalArgumentException) {
        throw new UserMistakeException(
            portOption + " " + port + ": cannot listen on " + host + ": " + e.getMessage(), e);
      }
      throw new IllegalStateException("the web server does not start", e);
    }
  }

  /**
   * Closes idle connections sooner while there are many. It looks now and then: Jetty's limit of
   * connections gives all of them their time back each time when one is closed, and takes it again
   * with the next.
   */
  private LowResourceMonitor crowds() {
    LowResourceMonitor crowds = new LowResourceMonitor(server);
    crowds.setMonitorThreads(false);
    crowds.setMonitoredConnectors(List.of(connector));
    crowds.addLowResourceCheck(crowds.new MaxConnectionsLowResourceCheck(MAX_CONNECTIONS));
    crowds.setAcceptingInLowResources(false);
    crowds.setPeriod((int) BETWEEN_LOOKS.toMillis());
    crowds.setLowResourcesIdleTimeout((int) CROWDED_IDLE_TIMEOUT.toMillis());
    return crowds;
  }

  /**
   * Whether only this machine can reach an address.
   *
   * @param hostOption option that set it, for the message
   * @throws UserMistakeException if there is no such host
   */
  public static boolean isLoopback(String host, String hostOption) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new UserMistakeException(hostOption + " " + host + ": there is no such host", e);
    }
  }

  /** The port in use. */
  public int port() {
    return connector.getLocalPort();
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the web server does not stop", e);
    }
  }
}
