package dev.lectern.watch.web;

import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The web server of the dashboard: started by the constructor, ended by {@link #close()}.
 *
 * <p>Paths: {@code /} the page, {@code /api/status} the fleet as JSON, {@code /api/events} the same
 * as server-sent events, {@code /health}, {@code /ready}.
 */
public final class Dashboard implements AutoCloseable {
  private static final int MAX_THREADS = 12;
  private static final Duration IDLE = Duration.ofSeconds(30);

  private final Server server;
  private final ServerConnector connector;
  private final Pages pages;

  /**
   * Starts serving.
   *
   * @param host address to listen on
   * @param port 0 for any free one
   * @param token that browsers must show; null on a loopback address only
   * @throws UserMistakeException if the port is taken, the host is not one of this machine, or an
   *     address that others can reach has no token
   */
  public Dashboard(String host, int port, AccessToken token, FleetFeed feed) {
    if (token == null && !isLoopback(host)) {
      throw new UserMistakeException("--host " + host + ": others can reach it, a token is needed");
    }
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 1);
    threads.setName("lectern-dashboard");
    threads.setDaemon(true);
    server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setUriCompliance(UriCompliance.DEFAULT);
    connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost(host);
    connector.setPort(port);
    connector.setIdleTimeout(IDLE.toMillis());
    server.addConnector(connector);
    pages = new Pages(feed);
    server.setHandler(new Gate(pages, token));
    server.setStopTimeout(0);
    try {
      server.start();
    } catch (Exception e) {
      close();
      if (e instanceof IOException) {
        throw new UserMistakeException(
            "--port " + port + ": cannot listen on " + host + ": " + e.getMessage(), e);
      }
      throw new IllegalStateException("the dashboard does not start", e);
    }
  }

  /**
   * Whether only this machine can reach an address.
   *
   * @throws UserMistakeException if there is no such host
   */
  public static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new UserMistakeException("--host " + host + ": there is no such host", e);
    }
  }

  /** The port that is really used. */
  public int port() {
    return connector.getLocalPort();
  }

  @Override
  public void close() {
    pages.closeStreams();
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the dashboard does not stop", e);
    }
  }
}
