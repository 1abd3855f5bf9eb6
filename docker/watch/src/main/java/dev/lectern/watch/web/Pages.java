package dev.lectern.watch.web;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.watch.Deadline;
import dev.lectern.watch.FleetJson;
import dev.lectern.watch.FleetSnapshot;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * What the dashboard answers: the page's files, the fleet as JSON, and the stream of its changes.
 */
final class Pages extends Handler.Abstract {
  private static final int MAX_STREAMS = 100;
  private static final JsonMapper JSON = new JsonMapper();
  private static final Map<String, String> FILES =
      Map.of(
          "/", "index.html",
          "/dashboard.css", "dashboard.css",
          "/dashboard.js", "dashboard.js",
          "/chart.js", "chart.js",
          "/icon.svg", "icon.svg");

  private final FleetFeed feed;
  private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();

  Pages(FleetFeed feed) {
    this.feed = feed;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!Responses.reads(request)) {
      return Responses.onlyGet(response, callback);
    }
    String path = Request.getPathInContext(request);
    if (FILES.containsKey(path)) {
      response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache");
      return Responses.file(response, callback, HttpStatus.OK_200, FILES.get(path));
    }
    return switch (path) {
      case "/health" -> Responses.health(response, callback, List.of());
      case "/ready" -> ready(response, callback);
      case "/api/status" -> status(request, response, callback);
      case "/api/events" -> events(request, response, callback);
      default -> Responses.text(response, callback, HttpStatus.NOT_FOUND_404, "try /\n");
    };
  }

  private boolean ready(Response response, Callback callback) {
    String failure = feed.failure();
    return Responses.health(response, callback, failure == null ? List.of() : List.of(failure));
  }

  /**
   * The fleet; with {@code ?finish-by=TIME} also how many workers finish by then (local is UTC).
   */
  private boolean status(Request request, Response response, Callback callback) {
    FleetSnapshot snapshot = feed.last();
    if (snapshot == null) {
      return error(response, callback, HttpStatus.SERVICE_UNAVAILABLE_503, "no snapshot yet");
    }
    String finishBy = Request.extractQueryParameters(request).getValue("finish-by");
    try {
      return Responses.json(
          response,
          callback,
          HttpStatus.OK_200,
          FleetJson.of(
              finishBy == null
                  ? snapshot.view()
                  : snapshot.view(Deadline.parse(finishBy, ZonedDateTime.now(ZoneOffset.UTC)))));
    } catch (UserMistakeException e) {
      return error(response, callback, HttpStatus.BAD_REQUEST_400, e.getMessage());
    }
  }

  private static boolean error(Response response, Callback callback, int status, String message) {
    return Responses.json(
        response, callback, status, JSON.createObjectNode().put("message", message).toString());
  }

  private boolean events(Request request, Response response, Callback callback) {
    if (request.getMethod().equals("HEAD")) {
      return Responses.text(response, callback, HttpStatus.OK_200, "");
    }
    if (streams.size() >= MAX_STREAMS) {
      return error(
          response, callback, HttpStatus.SERVICE_UNAVAILABLE_503, "too many pages are open");
    }
    response.setStatus(HttpStatus.OK_200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream; charset=utf-8");
    EventStream stream = new EventStream(response, callback, this::ended);
    streams.add(stream);
    feed.listen(stream);
    return true;
  }

  private void ended(EventStream stream) {
    streams.remove(stream);
    feed.forget(stream);
  }

  /** Ends all streams, so that the server can stop. */
  void closeStreams() {
    streams.forEach(EventStream::close);
  }
}
