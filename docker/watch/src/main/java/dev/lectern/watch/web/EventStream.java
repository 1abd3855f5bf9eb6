package dev.lectern.watch.web;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;

/**
 * One browser that follows the fleet by server-sent events. No thread waits for it: while it is
 * slow, only the newest event is kept.
 */
final class EventStream implements Consumer<FleetFeed.Event>, Callback {
  private final Content.Sink sink;
  private final Callback request;
  private final Consumer<EventStream> ended;
  private FleetFeed.Event pending;
  private boolean writing;
  private boolean over;

  /**
   * @param request completes when the stream ends
   * @param ended called once when it does
   */
  EventStream(Content.Sink sink, Callback request, Consumer<EventStream> ended) {
    this.sink = sink;
    this.request = request;
    this.ended = ended;
  }

  @Override
  public void accept(FleetFeed.Event event) {
    synchronized (this) {
      pending = event;
      if (writing || over) {
        return;
      }
      writing = true;
    }
    writePending();
  }

  private void writePending() {
    FleetFeed.Event event;
    synchronized (this) {
      event = pending;
      pending = null;
    }
    String text = "event: " + event.name() + "\ndata: " + event.json() + "\n\n";
    sink.write(false, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), this);
  }

  @Override
  public void succeeded() {
    synchronized (this) {
      if (pending == null || over) {
        writing = false;
        return;
      }
    }
    writePending();
  }

  @Override
  public void failed(Throwable cause) {
    if (end()) {
      request.failed(cause);
    }
  }

  /** Ends the stream from this side. */
  void close() {
    if (end()) {
      request.succeeded();
    }
  }

  private boolean end() {
    synchronized (this) {
      if (over) {
        return false;
      }
      over = true;
    }
    ended.accept(this);
    return true;
  }
}
