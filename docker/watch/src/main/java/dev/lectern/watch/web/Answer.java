package dev.lectern.watch.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Whole answers; each returns true, as a handler does that has taken a request. */
final class Answer {
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  private Answer() {}

  static boolean text(Response response, Callback callback, int status, String text) {
    return bytes(
        response,
        callback,
        status,
        "text/plain; charset=utf-8",
        text.getBytes(StandardCharsets.UTF_8));
  }

  static boolean json(Response response, Callback callback, int status, String json) {
    return bytes(
        response,
        callback,
        status,
        "application/json; charset=utf-8",
        json.getBytes(StandardCharsets.UTF_8));
  }

  /** A file of the page, bundled with the program. */
  static boolean file(Response response, Callback callback, int status, String name) {
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    try (InputStream in = Answer.class.getResourceAsStream("/dashboard/" + name)) {
      return bytes(response, callback, status, type, in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("bundled file " + name + " cannot be read", e);
    }
  }

  static boolean redirect(Response response, Callback callback, String to) {
    response.setStatus(HttpStatus.SEE_OTHER_303);
    response.getHeaders().put(HttpHeader.LOCATION, to);
    response.write(true, null, callback);
    return true;
  }

  private static boolean bytes(
      Response response, Callback callback, int status, String type, byte[] body) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
    response.write(true, ByteBuffer.wrap(body), callback);
    return true;
  }
}
