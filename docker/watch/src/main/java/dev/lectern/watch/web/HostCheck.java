package dev.lectern.watch.web;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Refuses requests that reach the server by a name of somebody else, as a web page does that lets
 * its own name resolve to this address (DNS rebinding); the answer is 421.
 *
 * <p>A server on the loopback address answers to loopback names. Any other answers to an IP
 * address, to a name without dots, to the name of this machine, and to names inside a cluster
 * ({@code *.svc}, {@code *.svc.cluster.local}): none of them can belong to a public web page.
 */
public final class HostCheck extends Handler.Wrapper {
  private static final Set<String> LOOPBACK_NAMES =
      Set.of("localhost", "127.0.0.1", "[::1]", "::1");
  private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|\\[?[0-9a-f:.]*:[0-9a-f:.]*]?");
  private static final Pattern LOCAL_NAME =
      Pattern.compile("[a-z0-9_-]+|.+\\.svc|.+\\.svc\\.cluster\\.local");

  private final boolean loopback;

  /**
   * @param loopback whether the server listens on the loopback address
   */
  public HostCheck(Handler behind, boolean loopback) {
    super(behind);
    this.loopback = loopback;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    String name = String.valueOf(Request.getServerName(request)).toLowerCase(Locale.ROOT);
    if (loopback ? LOOPBACK_NAMES.contains(name) : isOwn(name)) {
      return super.handle(request, response, callback);
    }
    return Responses.text(response, callback, HttpStatus.MISDIRECTED_REQUEST_421, "not here\n");
  }

  private static boolean isOwn(String name) {
    return ADDRESS.matcher(name).matches()
        || LOCAL_NAME.matcher(name).matches()
        || name.equals(machineName());
  }

  private static String machineName() {
    try {
      return InetAddress.getLocalHost().getCanonicalHostName().toLowerCase(Locale.ROOT);
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
