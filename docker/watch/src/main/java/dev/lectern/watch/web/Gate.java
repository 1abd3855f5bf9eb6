package dev.lectern.watch.web;

import org.eclipse.jetty.http.HttpCookie;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.FormFields;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;

/**
 * Who may see the dashboard, and what a browser may do with it.
 *
 * <p>With a token, a request must carry it as {@code Authorization: Bearer}, or as the cookie that
 * the page for the token sets. Without one the server listens on the loopback address only.
 */
final class Gate extends Handler.Wrapper {
  private static final String COOKIE = "lectern-token";
  private static final String POLICY =
      "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src"
          + " 'none'";

  private final AccessToken token;

  /**
   * @param token null if none is needed
   */
  Gate(Handler behind, AccessToken token) {
    super(behind);
    this.token = token;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    response.getHeaders().put("Content-Security-Policy", POLICY);
    response.getHeaders().put("X-Content-Type-Options", "nosniff");
    response.getHeaders().put("Referrer-Policy", "no-referrer");
    response.getHeaders().put("Cross-Origin-Opener-Policy", "same-origin");
    response.getHeaders().put("Cross-Origin-Resource-Policy", "same-origin");
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    if (token == null) {
      return super.handle(request, response, callback);
    }
    String path = Request.getPathInContext(request);
    if (path.equals("/health") || path.equals("/ready") || path.equals("/dashboard.css")) {
      return super.handle(request, response, callback);
    }
    if (path.equals("/login")) {
      return login(request, response, callback);
    }
    if (isKnown(request)) {
      return super.handle(request, response, callback);
    }
    String shown = Request.extractQueryParameters(request).getValue("token");
    if (path.equals("/") && shown != null) {
      return answer(shown, response, callback);
    }
    if (path.equals("/")) {
      return Responses.file(response, callback, HttpStatus.UNAUTHORIZED_401, "login.html");
    }
    response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
    return Responses.text(response, callback, HttpStatus.UNAUTHORIZED_401, "token needed\n");
  }

  private boolean isKnown(Request request) {
    HttpField header = request.getHeaders().getField(HttpHeader.AUTHORIZATION);
    if (header != null && header.getValue().startsWith("Bearer ")) {
      return token.matches(header.getValue().substring("Bearer ".length()).strip());
    }
    return Request.getCookies(request).stream()
        .anyMatch(c -> c.getName().equals(COOKIE) && token.matches(c.getValue()));
  }

  private boolean login(Request request, Response response, Callback callback) {
    if (!request.getMethod().equals("POST")) {
      return Responses.redirect(response, callback, "/");
    }
    Fields form = FormFields.getFields(request, 4, 1024);
    String shown = form.getValue("token");
    return answer(shown == null ? "" : shown.strip(), response, callback);
  }

  private boolean answer(String shown, Response response, Callback callback) {
    if (!token.matches(shown)) {
      return Responses.file(response, callback, HttpStatus.UNAUTHORIZED_401, "login.html");
    }
    Response.addCookie(
        response,
        HttpCookie.build(COOKIE, shown)
            .path("/")
            .httpOnly(true)
            .sameSite(HttpCookie.SameSite.STRICT)
            .build());
    return Responses.redirect(response, callback, "/");
  }
}
