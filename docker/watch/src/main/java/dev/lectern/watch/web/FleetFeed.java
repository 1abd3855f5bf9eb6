package dev.lectern.watch.web;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.watch.FleetJson;
import dev.lectern.watch.FleetSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a snapshot of the fleet every few seconds and sends it to all listeners. A failure is sent
 * too, the last good snapshot stays, and the next is tried as ever.
 */
public final class FleetFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetFeed.class);
  private static final JsonMapper JSON = new JsonMapper();

  /**
   * What listeners receive.
   *
   * @param name {@code fleet} with a fleet as JSON, or {@code failure} with {@code
   *     {"message":"..."}}
   * @param json one line
   */
  record Event(String name, String json) {}

  private final Supplier<FleetSnapshot> source;
  private final Duration every;
  private final List<Consumer<Event>> listeners = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private volatile FleetSnapshot last;
  private volatile Event event;
  private volatile String failure = "starting";

  /**
   * Starts.
   *
   * @param source takes a snapshot; called by one thread
   */
  public FleetFeed(Supplier<FleetSnapshot> source, Duration every) {
    this.source = source;
    this.every = every;
    thread = new Thread(this::follow, "lectern-fleet-feed");
    thread.setDaemon(true);
    thread.start();
  }

  private void follow() {
    try {
      do {
        refresh();
      } while (!closed.await(every.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void refresh() {
    Event now;
    try {
      last = source.get();
      now = new Event("fleet", FleetJson.of(last.view()));
      failure = null;
    } catch (RuntimeException e) {
      if (closed.getCount() == 0) {
        return;
      }
      if (event == null || event.name().equals("fleet")) {
        LOG.warn("the fleet cannot be read, trying again cause=\"{}\"", e.toString());
      }
      failure = e.getMessage() == null ? e.toString() : e.getMessage();
      ObjectNode failed = JSON.createObjectNode();
      failed.put("message", failure);
      now = new Event("failure", failed.toString());
    }
    event = now;
    for (Consumer<Event> listener : listeners) {
      listener.accept(now);
    }
  }

  /** Sends a listener the newest event, and from now on every new one. */
  void listen(Consumer<Event> listener) {
    listeners.add(listener);
    Event known = event;
    if (known != null) {
      listener.accept(known);
    }
  }

  void forget(Consumer<Event> listener) {
    listeners.remove(listener);
  }

  int listeners() {
    return listeners.size();
  }

  /** The last snapshot; null before the first. */
  FleetSnapshot last() {
    return last;
  }

  /** Why the newest attempt failed; null if it did not. */
  String failure() {
    return failure;
  }

  @Override
  public void close() {
    closed.countDown();
    thread.interrupt();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
