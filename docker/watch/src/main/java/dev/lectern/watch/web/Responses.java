package dev.lectern.watch.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Complete responses; each method returns true, as a handler does that has handled a request. */
public final class Responses {
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  private Responses() {}

  /** A plain text. */
  public static boolean text(Response response, Callback callback, int status, String text) {
    return text(response, callback, status, "text/plain; charset=utf-8", text);
  }

  /** A text of another content type. */
  public static boolean text(
      Response response, Callback callback, int status, String type, String text) {
    return bytes(response, callback, status, type, text.getBytes(StandardCharsets.UTF_8));
  }

  /** 200 and {@code ok}, or 503 with a line for each problem. */
  public static boolean health(Response response, Callback callback, List<String> problems) {
    return problems.isEmpty()
        ? text(response, callback, HttpStatus.OK_200, "ok\n")
        : text(
            response,
            callback,
            HttpStatus.SERVICE_UNAVAILABLE_503,
            String.join("\n", problems) + "\n");
  }

  /** Refuses everything but {@code GET} and {@code HEAD}. */
  public static boolean onlyGet(Response response, Callback callback) {
    response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
    return text(response, callback, HttpStatus.METHOD_NOT_ALLOWED_405, "only GET\n");
  }

  /** Whether a request only reads. */
  public static boolean reads(Request request) {
    return HttpMethod.GET.is(request.getMethod()) || HttpMethod.HEAD.is(request.getMethod());
  }

  static boolean json(Response response, Callback callback, int status, String json) {
    return text(response, callback, status, "application/json; charset=utf-8", json);
  }

  /** A file of the page, bundled with the program. */
  static boolean file(Response response, Callback callback, int status, String name) {
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    try (InputStream in = Responses.class.getResourceAsStream("/dashboard/" + name)) {
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
