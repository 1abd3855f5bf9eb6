package dev.lectern.watch.web;

import dev.lectern.schemas.config.UserMistakeException;

/**
 * The dashboard as a web server: started by the constructor, ended by {@link #close()}.
 *
 * <p>Paths: {@code /} the page, {@code /api/status} the fleet as JSON, {@code /api/events} the same
 * as server-sent events, {@code /health}, {@code /ready}.
 */
public final class Dashboard implements AutoCloseable {
  private final WebServer server;
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
    pages = new Pages(feed);
    Gate gate = new Gate(pages, token);
    server =
        new WebServer(
            "lectern-dashboard",
            host,
            port,
            "--port",
            token == null ? new HostCheck(gate, true) : gate);
  }

  /**
   * Whether only this machine can reach an address.
   *
   * @throws UserMistakeException if there is no such host
   */
  public static boolean isLoopback(String host) {
    return WebServer.isLoopback(host, "--host");
  }

  /** The port in use. */
  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    pages.closeStreams();
    server.close();
  }
}
